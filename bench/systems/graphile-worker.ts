import { EventEmitter } from "node:events";
import { Logger, makeWorkerUtils, type Runner, type RunnerOptions, run } from "graphile-worker";
import type { System } from "./system.ts";

const TASK = "noop";
const quiet = new Logger(() => () => {});
const CONCURRENT_JOBS = 24;
const SUBMIT_CONNECTIONS = 16;

/** As its documentation starts it, with more than one job at once. */
export const graphileWorkerDefault = graphileWorker({});

/** As its own performance page configures it: a local queue, completions in batches. */
export const graphileWorkerTuned = graphileWorker({
  maxPoolSize: 25,
  preset: {
    worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
  },
});

/** Makes its tables. */
export async function prepareGraphileWorker(databaseUrl: string): Promise<void> {
  const utils = await makeWorkerUtils({ connectionString: databaseUrl, logger: quiet });
  await utils.migrate();
  await utils.release();
}

function graphileWorker(options: RunnerOptions): System {
  return {
    submitter: async ({ databaseUrl }) => {
      const utils = await makeWorkerUtils({
        connectionString: databaseUrl,
        maxPoolSize: SUBMIT_CONNECTIONS,
        logger: quiet,
      });
      return {
        one: async () => (await utils.addJob(TASK, {})).id,
        many: async (count) =>
          void (await utils.addJobs(
            Array.from({ length: count }, () => ({ identifier: TASK, payload: {} })),
          )),
        close: async () => void (await utils.release()),
      };
    },
    executor: async ({ databaseUrl }, { onSent, onFinished }) => {
      let runner: Runner | undefined;
      const events = new EventEmitter();
      events.on("job:complete", ({ job }: { job: { id: string } }) => onFinished(job.id));
      return {
        start: async () => {
          runner = await run({
            connectionString: databaseUrl,
            concurrency: CONCURRENT_JOBS,
            noHandleSignals: true,
            logger: quiet,
            events: events as NonNullable<RunnerOptions["events"]>,
            ...options,
            taskList: { [TASK]: (_payload, helpers) => onSent(helpers.job.id) },
          });
        },
        close: async () => runner?.stop(),
      };
    },
  };
}
