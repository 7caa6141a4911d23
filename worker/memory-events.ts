import { readFileSync } from "node:fs";

/**
 * How many processes of our own memory group the kernel has killed so far, or 0 where cgroup v2 is
 * not to be seen. A rise during an attempt is the evidence behind "out of memory".
 */
export function oomKillCount(): number {
  const own = read("/proc/self/cgroup").match(/^0::(\/.*)$/m)?.[1];
  if (own === undefined) return 0;
  return parseOomKills(read(`/sys/fs/cgroup${own === "/" ? "" : own}/memory.events`));
}

/** The `oom_kill` line of a cgroup v2 `memory.events` file. */
export function parseOomKills(memoryEvents: string): number {
  return Number(memoryEvents.match(/^oom_kill (\d+)$/m)?.[1] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
