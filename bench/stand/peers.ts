import type { SystemName } from "../systems/all-systems.ts";
import { prepareGraphileWorker } from "../systems/graphile-worker.ts";
import { preparePgBoss } from "../systems/pg-boss.ts";
import { type Contender, type Launch, newDatabaseName, startEnds } from "./contender.ts";
import type { Databases } from "./databases.ts";

export const graphileDefault = peer("graphile-worker", "graphile-worker", prepareGraphileWorker);
export const graphileTuned = peer(
  "graphile-worker-tuned",
  "graphile-worker, tuned",
  prepareGraphileWorker,
);
export const pgBossNotified = peer("pg-boss", "pg-boss, tuned", (url) => preparePgBoss(url, true));
export const pgBossOwnLoop = peer("pg-boss-loop", "pg-boss, own loop", (url) =>
  preparePgBoss(url, false),
);

function peer(system: SystemName, title: string, prepare: (url: string) => Promise<void>): Launch {
  return { title, launch: (databases) => launch(system, databases, prepare) };
}

async function launch(
  system: SystemName,
  databases: Databases,
  prepare: (url: string) => Promise<void>,
): Promise<Contender> {
  const database = newDatabaseName(system);
  const databaseUrl = await databases.create(database);
  await prepare(databaseUrl);
  const target = { databaseUrl, grpcAddress: "", httpUrl: "", workers: [] };
  const { producer, executor } = await startEnds({ submit: system, execute: system }, target);
  return {
    database,
    databaseUrl,
    producer,
    executor,
    parts: { postgres: databases.pid, producer: producer.pid, executor: executor.pid },
    close: async () => {
      await Promise.all([producer.stop(), executor.stop()]);
      await databases.drop(database);
    },
  };
}
