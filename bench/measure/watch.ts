import type { Contender } from "../stand/contender.ts";
import type { Databases } from "../stand/databases.ts";
import { machineMs } from "./clock.ts";
import { cpuMs } from "./cpu.ts";
import { databaseWork } from "./database-work.ts";

/** What a stretch of work cost. */
export interface Cost {
  readonly elapsedMs: number;
  /** By part; NaN where it cannot be measured. */
  readonly cpuMs: Readonly<Record<string, number>>;
  readonly commits: number;
  readonly walBytes: number;
}

/** Runs `work` and answers what it answers with what it cost, part by part. */
export async function watch<T>(
  databases: Databases,
  { database, parts }: Contender,
  work: () => Promise<T>,
): Promise<{ result: T; cost: Cost }> {
  const look = async () => ({
    atMs: machineMs(),
    cpu: Object.entries(parts).map(([part, pid]) => [part, cpuMs([pid])] as const),
    work: await databaseWork(databases.admin, database),
  });
  const before = await look();
  const result = await work();
  const after = await look();
  const used = after.cpu.map(([part, ms], at) => [part, ms - (before.cpu[at]?.[1] ?? 0)] as const);
  return {
    result,
    cost: {
      elapsedMs: after.atMs - before.atMs,
      cpuMs: Object.fromEntries(used),
      commits: after.work.commits - before.work.commits,
      walBytes: after.work.walBytes - before.work.walBytes,
    },
  };
}
