import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { sharedRun } from "./shared-run.ts";

/**
 * Carried by every process of a task in its environment, and inherited by their children: it finds
 * what left the process group, and what a killed emulator left behind. A worker gives its jobs a
 * clean environment without it, but with its TMPDIR, and that is a directory named after the task.
 */
export const TASK_MARKER = "ECS_FAKE_TASK_ID";
const MARKED = new RegExp(
  `(?:^|\\0)(?:${TASK_MARKER}=|TMPDIR=[^\\0]*/tasks/)([0-9a-f]{32})(?=\\0|$)`,
);

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Clock ticks since boot. */
  readonly startTime: string;
  readonly taskId: string | null;
}

const KILL_ROUNDS_MAX = 200;
const KILL_ROUND_MS = 10;

/** All living processes (no zombies); empty on a system without /proc. */
export const readProcessTable = sharedRun(async (): Promise<ProcessEntry[]> => {
  const names = await readdir("/proc").catch(() => []);
  const entries = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readEntry));
  return entries.filter((entry) => entry !== null);
});

/**
 * Kills every process of a task, as a container dies whole, and resolves when none is left: those
 * that carry its marker, those of the process group, and the children of all these. Repeated
 * because a process may fork between the look and the kill.
 */
export async function killTask(taskId: string, group: number | null): Promise<void> {
  if (group !== null) signal(-group);
  for (let round = 0; round < KILL_ROUNDS_MAX; round++) {
    const left = processesOf(await readProcessTable(), taskId, group);
    if (left.length === 0) return;
    for (const { pid } of left) signal(pid);
    await delay(KILL_ROUND_MS);
  }
  throw new Error(`processes of task ${taskId} survive SIGKILL`);
}

/** The processes of a task within this table. */
export function processesOf(
  table: readonly ProcessEntry[],
  taskId: string,
  group: number | null,
): ProcessEntry[] {
  const found = new Set(table.filter((p) => p.taskId === taskId || p.group === group));
  const pids = new Set([...found].map((p) => p.pid));
  for (let grown = true; grown; ) {
    const children = table.filter((p) => !found.has(p) && pids.has(p.parent));
    for (const child of children) {
      found.add(child);
      pids.add(child.pid);
    }
    grown = children.length > 0;
  }
  return [...found];
}

async function readEntry(name: string): Promise<ProcessEntry | null> {
  try {
    const stat = parseStat(await readFile(`/proc/${name}/stat`, "utf8"));
    if (stat.state === "Z" || stat.state === "X") return null;
    const environment = await readFile(`/proc/${name}/environ`, "utf8").catch(() => "");
    return { ...stat, pid: Number(name), taskId: MARKED.exec(environment)?.[1] ?? null };
  } catch {
    return null; // it ended while we looked
  }
}

/** Fields of /proc/<pid>/stat after the command name, which may itself hold spaces and brackets. */
export function parseStat(text: string) {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0]!,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTime: fields[19]!,
  };
}

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // already gone
  }
}
