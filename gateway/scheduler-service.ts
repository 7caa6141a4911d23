import { limits } from "#core/domain/limits.ts";
import type { SchedulerServiceServer } from "#proto/hodei/scheduler.ts";
import type { Hub } from "./hub.ts";
import { Paced } from "./paced.ts";
import { availableWorker, queueStatus, workerCriteria } from "./scheduler-codec.ts";
import { schedulingMethods } from "./scheduling-methods.ts";
import { unary } from "./unary.ts";

/** Counting reads every run that is kept. */
const COUNTS_FRESH_MS = 1_000;

/** SchedulerService: where jobs wait and go, and what could take them. */
export function schedulerService(hub: Hub): SchedulerServiceServer {
  const { reader, log } = hub.deps;
  const counts = new Paced(() => reader.runCounts(), COUNTS_FRESH_MS);
  return {
    ...schedulingMethods(hub),
    getQueueStatus: unary(log, async () => ({ status: queueStatus(await counts.ask()) })),
    getAvailableWorkers: unary(log, async ({ filter }) => {
      const meets = workerCriteria(filter);
      const workers = await reader.workers(false, limits.availableWorkersMax);
      const now = Date.now();
      return {
        workers: workers
          .filter((worker) => meets(worker, now))
          .map((worker) => availableWorker(worker, hub.usage.newest(worker.id))),
      };
    }),
  };
}
