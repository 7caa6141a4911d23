import { readdirSync, readFileSync } from "node:fs";
import { EXECUTION_ID_VARIABLE } from "./environment.ts";

/** Signals every process of a group. A group that is already gone is not an error. */
export function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  send(-groupId, signal);
}

/**
 * As process 1 of a container every other process in it is the job's: whatever is left of an
 * attempt goes, also what shed its group, its environment and its parent. Elsewhere it does nothing.
 */
export function killRestOfContainer(): void {
  if (process.pid !== 1) return;
  for (const pid of processIds()) if (pid > 1) send(pid, "SIGKILL");
}

/**
 * Kills every process that carries this execution's id in its environment: those that left the
 * process group with `setsid`. Works where /proc exists (Linux) and does nothing elsewhere.
 * Scans until a scan finds nobody new, because a process may fork while we look.
 */
export function killEscapees(executionId: string): void {
  const mark = `${EXECUTION_ID_VARIABLE}=${executionId}`;
  const killed = new Set<number>([process.pid]);
  for (let round = 0; round < 10; round++) {
    const found = processIds().filter((pid) => !killed.has(pid) && isMarked(pid, mark));
    if (found.length === 0) return;
    for (const pid of found) {
      killed.add(pid);
      send(pid, "SIGKILL");
    }
  }
}

function processIds(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function isMarked(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark);
  } catch {
    return false; // gone meanwhile, or another user's
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: nobody is left. EPERM: only processes of another user are left.
  }
}
