import { setTimeout as pause } from "node:timers/promises";
import { type ConstructorOptions, PgBoss } from "pg-boss";
import type { Executor, ExecutorEvents, System } from "./system.ts";

const QUEUE = "noop";
const SUBMIT_CONNECTIONS = 16;
const BATCH = 500;
const LOOPS = 4;
const LOOP_BATCH = 100;
const LOOP_IDLE_MS = 5;
const POLLING_SECONDS_MIN = 0.5; // the smallest it takes

/** Its own workers, woken by LISTEN, in batches, as its documentation advises for throughput. */
export const pgBossWork = pgBoss(workers);

/** A loop of one's own over fetch and complete, which submits without a notification. */
export const pgBossLoop = pgBoss(loops);

/** Makes its tables and the queue. `notify`: each job wakes the workers. */
export async function preparePgBoss(databaseUrl: string, notify: boolean): Promise<void> {
  const boss = await open(databaseUrl, { useListenNotify: notify, supervise: false });
  await boss.createQueue(QUEUE, { notify });
  await boss.stop({ graceful: false });
}

async function open(databaseUrl: string, options: ConstructorOptions): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString: databaseUrl, schedule: false, ...options });
  boss.on("error", (error) => process.stderr.write(`pg-boss: ${error.message}\n`));
  await boss.start();
  return boss;
}

function pgBoss(executor: (boss: PgBoss, events: ExecutorEvents) => Executor["start"]): System {
  return {
    submitter: async ({ databaseUrl }) => {
      const boss = await open(databaseUrl, { max: SUBMIT_CONNECTIONS, supervise: false });
      return {
        one: async () => (await boss.send(QUEUE, {})) ?? "",
        many: async (count) =>
          void (await boss.insert(
            QUEUE,
            Array.from({ length: count }, () => ({ data: {} })),
          )),
        close: () => boss.stop({ graceful: false }),
      };
    },
    executor: async ({ databaseUrl }, events) => {
      const boss = await open(databaseUrl, { useListenNotify: true });
      return { start: executor(boss, events), close: () => boss.stop({ graceful: false }) };
    },
  };
}

function workers(boss: PgBoss, { onSent, onFinished }: ExecutorEvents): Executor["start"] {
  const options = {
    batchSize: BATCH,
    localConcurrency: LOOPS,
    pollingIntervalSeconds: POLLING_SECONDS_MIN,
    notifyPollingIntervalSeconds: POLLING_SECONDS_MIN,
    burstWhenBatchFull: true,
  };
  return async () => {
    await boss.work(QUEUE, options, async (jobs) => {
      for (const { id } of jobs) onSent(id);
      for (const { id } of jobs) onFinished(id); // it completes the batch after this
    });
  };
}

function loops(boss: PgBoss, events: ExecutorEvents): Executor["start"] {
  const loop = async () => {
    for (;;) {
      const jobs = await boss.fetch(QUEUE, { batchSize: LOOP_BATCH });
      for (const { id } of jobs) events.onSent(id);
      const ids = jobs.map(({ id }) => id);
      if (ids.length > 0) await boss.complete(QUEUE, ids);
      else await pause(LOOP_IDLE_MS);
      for (const id of ids) events.onFinished(id);
    }
  };
  return async () => {
    for (let n = 0; n < LOOPS; n += 1) void loop().catch(() => {}); // ends with its process
  };
}
