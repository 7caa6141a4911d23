import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServerHome } from "./server-home.ts";

const STOP_WAIT_MS = 10_000;
const POLL_MS = 20;

/**
 * Ends a server that still runs on this folder although the process that started it is gone (it
 * and the server's watchdog were killed). Throws when that process lives: two launchers must not
 * share one folder.
 */
export async function sweepStaleServer(home: ServerHome): Promise<void> {
  const pidFile = join(home.data, "postmaster.pid");
  const pid = readPid(pidFile);
  if (pid === null || !isAlive(pid)) return; // postgres itself clears the file of a dead one
  if (!servesData(pid, home.data)) {
    rmSync(pidFile, { force: true }); // after a reboot the number belongs to somebody else
    return;
  }
  const launcher = readPid(home.launcherFile);
  if (launcher !== null && isAlive(launcher)) {
    throw new Error(`${home.path} is in use by process ${launcher} (Postgres is process ${pid})`);
  }
  process.kill(pid, "SIGINT"); // fast shutdown
  if (await isGone(pid)) return;
  process.kill(pid, "SIGQUIT"); // immediate: the next start recovers from the log
  if (!(await isGone(pid))) throw new Error(`Postgres process ${pid} of ${home.path} does not end`);
}

function readPid(file: string): number | null {
  if (!existsSync(file)) return null;
  const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/** A dead process that its parent has not collected (a container's pid 1 may never) is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return commandOf(pid) !== "";
}

/** A postmaster keeps the command line that we gave it: `postgres -D <data> …`. */
function servesData(pid: number, data: string): boolean {
  return commandOf(pid).includes(data);
}

function commandOf(pid: number): string {
  try {
    if (existsSync("/proc/self")) return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it ended meanwhile
  }
  return (
    spawnSync("ps", ["-ww", "-o", "command=", "-p", `${pid}`], { encoding: "utf8" }).stdout ?? ""
  );
}

async function isGone(pid: number): Promise<boolean> {
  for (const end = Date.now() + STOP_WAIT_MS; Date.now() < end; await sleep(POLL_MS)) {
    if (!isAlive(pid)) return true;
  }
  return false;
}
