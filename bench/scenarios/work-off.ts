import { type Cost, watch } from "../measure/watch.ts";
import type { Launch } from "../stand/contender.ts";
import type { Databases } from "../stand/databases.ts";

const PER_REQUEST = 1_000;
const TIMEOUT_MS = 120_000;

export interface WorkedOff {
  readonly jobs: number;
  /** From the first submit to the last result recorded. */
  readonly seconds: number;
  readonly perSecond: number;
  readonly cost: Cost;
}

/** Workers that are ready, then many jobs in bulk: how long until the last one is recorded? */
export async function workOff(
  databases: Databases,
  launch: Launch,
  { jobs, warmUpJobs = 0 }: { jobs: number; warmUpJobs?: number },
): Promise<WorkedOff> {
  const contender = await launch.launch(databases);
  const { producer, executor } = contender;
  try {
    await executor.call.start();
    if (warmUpJobs > 0) {
      await producer.call.many(warmUpJobs, PER_REQUEST);
      await executor.call.finished(warmUpJobs, TIMEOUT_MS);
      await executor.call.take();
    }
    const { result: done, cost } = await watch(databases, contender, async () => {
      await producer.call.many(jobs, PER_REQUEST);
      return executor.call.finished(jobs, TIMEOUT_MS);
    });
    if (done < jobs) throw new Error(`${launch.title}: ${done} of ${jobs} jobs were done in time`);
    const seconds = cost.elapsedMs / 1000;
    return { jobs, seconds, perSecond: jobs / seconds, cost };
  } finally {
    await contender.close();
  }
}
