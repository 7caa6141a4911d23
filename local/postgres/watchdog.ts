import { type ChildProcess, spawn } from "node:child_process";
import type { RunAs } from "./run-as.ts";

/**
 * Ends the server when this process is gone, however it went (SIGKILL too): a small shell holds
 * the reading end of a pipe, and when the pipe closes it asks the server for a fast shutdown. It
 * runs as the server's user, so it can signal nobody else.
 */
export function watchServer(serverPid: number, runAs: RunAs): ChildProcess {
  const script = 'while read -r _; do :; done; kill -INT "$1" 2>/dev/null';
  const watchdog = spawn("/bin/sh", ["-c", script, "hodei-postgres-watchdog", `${serverPid}`], {
    ...runAs.spawn,
    cwd: "/",
    detached: true, // Ctrl-C in the terminal is for us; we stop the server in our own order
    stdio: ["pipe", "ignore", "ignore"],
  });
  watchdog.unref();
  (watchdog.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  watchdog.stdin?.on("error", () => {}); // it ended first
  return watchdog;
}
