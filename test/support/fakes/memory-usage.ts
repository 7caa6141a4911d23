import type { UsagePoint, UsageQuery, UsageReader, UsageView } from "#core/ports/usage-store.ts";
import { EPOCH_MS, runIdOf } from "./fake-rows.ts";

/** Usage in memory, its clock in the test's hands. */
export interface MemoryUsage extends UsageReader {
  /** Of the first run, on the worker of its attempts. */
  readonly points: UsagePoint[];
  readonly asked: readonly UsageQuery[];
  nowMs: number;
  /** When the run and its worker ended. */
  endedAt: number | null;
}

export function createMemoryUsage(): MemoryUsage {
  const points: UsagePoint[] = [];
  const asked: UsageQuery[] = [];
  const read = async (isKnown: boolean, query: UsageQuery): Promise<UsageView | null> => {
    asked.push(query);
    if (!isKnown) return null;
    const { from, to, limit, attempt } = query;
    const found = points
      .filter((point) => attempt === null || point.attempt === attempt)
      .filter(({ lastAt }) => (from === null || lastAt >= from) && (to === null || lastAt <= to));
    return {
      ...{ now: memory.nowMs, endedAt: memory.endedAt, isCut: false },
      total: totalOf(found),
      points: found.slice(-limit),
    };
  };
  const memory: MemoryUsage = {
    ...{ points, asked, nowMs: EPOCH_MS, endedAt: null },
    ofRun: (id, query) => read(id === runIdOf(1), query),
    ofWorker: (id, query) => read(id === runIdOf(0xf000), query),
  };
  return memory;
}

function totalOf(points: readonly UsagePoint[]): UsageView["total"] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return null;
  const max = (of: (point: UsagePoint) => number) => Math.max(...points.map(of));
  return {
    ...{ firstAt: first.at, lastAt: last.lastAt, reports: points.length },
    ...{ cpuPercent: first.cpuPercent, cpuPercentMax: max((point) => point.cpuPercentMax) },
    ...{ memoryBytes: first.memoryBytes, memoryBytesMax: max((point) => point.memoryBytesMax) },
    diskBytesMax: max((point) => point.diskBytesMax),
  };
}

/** A point of the first run's first attempt, so many seconds after it began. */
export const usagePoint = (seconds: number, own: Partial<UsagePoint> = {}): UsagePoint => ({
  ...{ runId: runIdOf(1), attempt: 1, workerId: runIdOf(0xf000), reports: 6 },
  ...{ at: EPOCH_MS + seconds * 1000, lastAt: EPOCH_MS + seconds * 1000 + 50_000 },
  ...{ cpuPercent: 12.5, cpuPercentMax: 99.9, memoryBytes: 100 << 20, memoryBytesMax: 200 << 20 },
  ...{ memoryTotalBytes: 1 << 30, diskBytesMax: 0, custom: { queue: 1.5 } },
  ...own,
});
