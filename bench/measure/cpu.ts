import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Clock ticks per second of /proc on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

interface ProcessTimes {
  readonly parent: number;
  /** Of itself and of its children that ended and were waited for. */
  readonly ticks: number;
}

/** false: this system does not tell the CPU time of other processes (no /proc). */
export const canMeasureCpu = existsSync("/proc/self/stat");

/**
 * CPU time, user and system, of these processes with all their descendants so far, in ms. What a
 * descendant that ended used counts as soon as its parent waited for it. NaN without /proc.
 */
export function cpuMs(roots: readonly number[]): number {
  if (!canMeasureCpu) return Number.NaN;
  const table = processTable();
  const ours = new Set<number>(roots);
  for (let size = 0; size !== ours.size; ) {
    size = ours.size;
    for (const [pid, { parent }] of table) if (ours.has(parent)) ours.add(pid);
  }
  const ticks = [...ours].reduce((sum, pid) => sum + (table.get(pid)?.ticks ?? 0), 0);
  return (ticks * 1000) / TICKS_PER_SECOND;
}

/** Resident memory of one process in MB (10⁶ bytes); NaN without /proc. */
export function residentMb(pid: number): number {
  if (!canMeasureCpu) return Number.NaN;
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (Number(kib) * 1024) / 1e6;
}

function processTable(): Map<number, ProcessTimes> {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return new Map(
    pids.flatMap((pid): [number, ProcessTimes][] => {
      const times = timesOf(pid);
      return times ? [[Number(pid), times]] : [];
    }),
  );
}

/** Fields of proc_pid_stat(5), counted after the name, which may hold anything. */
function timesOf(pid: string): ProcessTimes | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15).map(Number);
    return { parent: Number(fields[1]), ticks: user + system + childUser + childSystem };
  } catch {
    return null; // gone between the list and the look
  }
}
