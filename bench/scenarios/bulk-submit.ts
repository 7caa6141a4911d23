import { type Cost, watch } from "../measure/watch.ts";
import type { Launch } from "../stand/contender.ts";
import type { Databases } from "../stand/databases.ts";

const WARM_UP_MS = 1_000;

export interface BulkLoad {
  /** Requests that are open at once. */
  readonly callers: number;
  readonly perRequest: number;
  readonly durationMs: number;
}

export interface Bulk {
  readonly jobs: number;
  readonly perSecond: number;
  readonly cost: Cost;
}

/** Many jobs a request, and no worker: how fast are they stored? */
export async function bulkSubmit(
  databases: Databases,
  launch: Launch,
  load: BulkLoad,
): Promise<Bulk> {
  const contender = await launch.launch(databases);
  const { producer } = contender;
  try {
    await producer.call.bulkLoop({ ...load, durationMs: WARM_UP_MS });
    const { result, cost } = await watch(databases, contender, () => producer.call.bulkLoop(load));
    const { submitted, elapsedMs } = result;
    return { jobs: submitted, perSecond: (submitted * 1000) / elapsedMs, cost };
  } finally {
    await contender.close();
  }
}
