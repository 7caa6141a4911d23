import { type Quantiles, quantiles } from "../measure/quantiles.ts";
import type { Contender, Launch } from "../stand/contender.ts";
import type { Databases } from "../stand/databases.ts";

const WARM_UP = { perSecond: 50, durationMs: 1_000 };
const SETTLE_MS = 10_000;

export interface OpenLoop {
  readonly perSecond: number;
  /** Submit called → the worker has the job, ms. */
  readonly toWorker: Quantiles;
  /** Submit called → its end is recorded, ms; as far as the system tells its worker. */
  readonly toRecorded: Quantiles;
  /** false: jobs came faster than they were worked off. */
  readonly keptUp: boolean;
}

/**
 * Jobs at a fixed rate, whatever becomes of them: how long does one wait? A step per rate, up to the
 * first that is too much.
 */
export async function openLoop(
  databases: Databases,
  launch: Launch,
  rates: readonly number[],
  durationMs: number,
): Promise<OpenLoop[]> {
  const contender = await launch.launch(databases);
  try {
    await contender.executor.call.start();
    await step(contender, WARM_UP);
    const steps: OpenLoop[] = [];
    for (const perSecond of rates) {
      if (steps.at(-1)?.keptUp === false) break; // what does not keep up with less is not asked more
      steps.push(await step(contender, { perSecond, durationMs }));
    }
    return steps;
  } finally {
    await contender.close();
  }
}

async function step(
  { producer, executor }: Contender,
  load: { perSecond: number; durationMs: number },
): Promise<OpenLoop> {
  const { submitted } = await producer.call.openLoop(load);
  const finished = await executor.call.finished(submitted, SETTLE_MS);
  const sentAt = new Map(await producer.call.sent());
  const { ids, sentAtMs, finishedIds, finishedAtMs } = await executor.call.take();
  const since = (names: readonly string[], instants: readonly number[]) =>
    quantiles(names.map((id, at) => (instants[at] ?? 0) - (sentAt.get(id) ?? Number.NaN)));
  const offered = (load.perSecond * load.durationMs) / 1000;
  return {
    perSecond: load.perSecond,
    toWorker: since(ids, sentAtMs),
    toRecorded: since(finishedIds, finishedAtMs),
    keptUp: finished === submitted && submitted > offered * KEPT_UP_SHARE,
  };
}

/** Of what was offered: below it the producer was held back. */
const KEPT_UP_SHARE = 0.95;
