import { type Cost, watch } from "../measure/watch.ts";
import type { Launch } from "../stand/contender.ts";
import type { Databases } from "../stand/databases.ts";

/** Programs that were just started are measured by nobody who knows them. */
const WARM_UP_MS = 2_000;
const SETTLE_MS = 60_000;

export interface ProducersLoad {
  readonly callers: number;
  readonly durationMs: number;
  readonly warmUpMs?: number;
}

export interface Sustained {
  readonly jobs: number;
  /** From the first submit to the last result recorded. */
  readonly perSecond: number;
  readonly cost: Cost;
}

/** Callers that submit one job at a time, while workers take them: what does the whole sustain? */
export async function singleProducers(
  databases: Databases,
  launch: Launch,
  { warmUpMs = WARM_UP_MS, ...load }: ProducersLoad,
): Promise<Sustained> {
  const contender = await launch.launch(databases);
  const { producer, executor } = contender;
  try {
    await executor.call.start();
    const { submitted: warmed } = await producer.call.closedLoop({
      ...load,
      durationMs: warmUpMs,
    });
    await executor.call.finished(warmed, SETTLE_MS);
    await executor.call.take();
    const { result: jobs, cost } = await watch(databases, contender, async () => {
      const { submitted } = await producer.call.closedLoop(load);
      return executor.call.finished(submitted, SETTLE_MS);
    });
    return { jobs, perSecond: (jobs * 1000) / cost.elapsedMs, cost };
  } finally {
    await contender.close();
  }
}
