import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ProcessEntry,
  processesOf,
  readProcessTable,
} from "#local/emulators/ecs/process-table.ts";

/** The machine of one worker, as somebody with power over its hardware sees it. */
export interface Machine {
  /** Of the worker agent. */
  readonly pid: number;
  /** Its temporary directory. */
  readonly scratch: string;
  /** Stops every process of it, the job's too, in mid-instruction. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** The agent is killed, and the container with it. */
  kill(): void;
  /** Kills the job's own processes and leaves the agent alone. */
  killJob(): Promise<void>;
  isAlive(): boolean;
}

export interface TaskEntry {
  readonly id: string;
  readonly arn: string;
  readonly startedBy: string | null;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly process: { readonly pid: number } | null;
}

/** Every task the double of ECS knows. */
export function readTasks(stateDir: string): readonly TaskEntry[] {
  const file = join(stateDir, "ecs", "tasks.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { tasks: TaskEntry[] }).tasks;
}

/** Throws when this worker has no running machine. */
export function machineOf(stateDir: string, workerId: string): Machine {
  const task = readTasks(stateDir).find(
    (one) => one.process !== null && JSON.stringify(one).includes(workerId),
  );
  if (!task?.process) throw new Error(`worker ${workerId} has no running machine`);
  const { pid } = task.process;
  const all = async () => processesOf(await readProcessTable(), task.id, pid);
  const signalAll = async (signal: NodeJS.Signals, which: (one: ProcessEntry) => boolean) => {
    for (const one of (await all()).filter(which)) send(one.pid, signal);
  };
  return {
    pid,
    scratch: join(stateDir, "ecs", "tasks", task.id),
    freeze: () => signalAll("SIGSTOP", () => true),
    thaw: () => signalAll("SIGCONT", () => true),
    kill: () => send(pid, "SIGKILL"),
    killJob: () => signalAll("SIGKILL", (one) => one.pid !== pid),
    isAlive: () => send(pid, 0),
  };
}

/** Whether there was somebody to send it to. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
