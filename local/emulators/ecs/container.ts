import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { constants } from "node:os";
import { killTask, parseStat, TASK_MARKER } from "./process-table.ts";
import type { ProcessIdentity } from "./task.ts";
import type { TaskFiles } from "./task-files.ts";

export interface ContainerSpec {
  readonly taskId: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** `log` takes standard output and error; `scratch` is its TMPDIR, as a container has its own. */
  readonly files: TaskFiles;
}

/** How the main process ended; `exitCode` as a shell counts it (SIGTERM 143, SIGKILL 137). */
export type ContainerEnd = { readonly exitCode: number } | { readonly startError: Error };

/** A real process that stands for a container: its own process group, nothing of our environment. */
export interface Container {
  /** null: it could not be started, and `ended` says why. */
  readonly process: ProcessIdentity | null;
  /** Of the main process; what it leaves behind may live on until `kill`. */
  readonly ended: Promise<ContainerEnd>;
  /** SIGTERM to the main process, as ECS sends it to a container's process 1. */
  terminate(): void;
  /** SIGKILL to all; resolves when nothing is left. */
  kill(): Promise<void>;
  /** Its disk goes with it; its log stays. */
  removeScratch(): Promise<void>;
}

export function startContainer(spec: ContainerSpec): Container {
  mkdirSync(spec.files.scratch, { recursive: true, mode: 0o700 });
  const log = openSync(spec.files.log, "a", 0o600);
  const child = spawn(spec.command[0]!, spec.command.slice(1), {
    cwd: spec.workingDirectory,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TMPDIR: spec.files.scratch,
      ...spec.environment,
      [TASK_MARKER]: spec.taskId,
    },
    detached: true, // a process group of its own
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const ended = new Promise<ContainerEnd>((resolve) => {
    child.on("error", (startError) => resolve({ startError }));
    child.once("exit", (code, signal) =>
      resolve({ exitCode: code ?? 128 + constants.signals[signal!] }),
    );
  });
  return {
    process: child.pid === undefined ? null : { pid: child.pid, startTime: startTime(child.pid) },
    ended,
    terminate: () => {
      child.kill("SIGTERM");
    },
    kill: () => killTask(spec.taskId, child.pid ?? null),
    removeScratch: () => rm(spec.files.scratch, { recursive: true, force: true }),
  };
}

function startTime(pid: number): string | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8")).startTime;
  } catch {
    return null; // no /proc on this system
  }
}
