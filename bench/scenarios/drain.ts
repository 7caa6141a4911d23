import { type Cost, watch } from "../measure/watch.ts";
import type { Launch } from "../stand/contender.ts";
import type { Databases } from "../stand/databases.ts";

const TIMEOUT_MS = 120_000;
const PER_REQUEST = 500;

export interface Drained {
  readonly jobs: number;
  /** From the first job given to a worker to the last result recorded. */
  readonly perSecond: number;
  readonly cost: Cost;
}

/** So many jobs wait before the first worker begins; how fast do they come to their end? */
export async function drain(databases: Databases, launch: Launch, jobs: number): Promise<Drained> {
  const contender = await launch.launch(databases);
  try {
    await contender.producer.call.many(jobs, PER_REQUEST);
    const { result, cost } = await watch(databases, contender, async () => {
      await contender.executor.call.start();
      await contender.executor.call.finished(jobs, TIMEOUT_MS);
      return contender.executor.call.take();
    });
    const { sentAtMs, finishedAtMs } = result;
    const spanMs = Math.max(...finishedAtMs.slice(-1000)) - Math.min(...sentAtMs.slice(0, 1000));
    return { jobs: finishedAtMs.length, perSecond: (finishedAtMs.length * 1000) / spanMs, cost };
  } finally {
    await contender.close();
  }
}
