import { readFileSync } from "node:fs";

/** `VmRSS`: resident now. `VmHWM`: the most that was ever resident. `RssAnon`: resident, and not shared. */
export type MemoryField = "VmRSS" | "VmHWM" | "RssAnon";

/** Bytes of a process, of its own without its children; NaN where nobody can tell: no /proc, or no process. */
export function memoryOf(pid: number | undefined, field: MemoryField): number {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(statusOf(pid))?.[1];
  return kib === undefined ? Number.NaN : Number(kib) * 1024;
}

function statusOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}
