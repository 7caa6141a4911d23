import { launchWorkerRows, type PlatformOptions, startPlatform } from "../hodei/platform.ts";
import type { SystemName } from "../systems/all-systems.ts";
import { type Contender, type Launch, newDatabaseName, startEnds } from "./contender.ts";
import type { Databases } from "./databases.ts";

/** Workers, each with a stream of its own and one run at a time. */
export const STUB_WORKERS = 200;

export const hodei: Launch = {
  title: "Hodei, gRPC",
  launch: (databases) => launch(databases, "hodei", { functions: false }),
};

export const hodeiHttp: Launch = {
  title: "Hodei, HTTP",
  launch: (databases) => launch(databases, "hodei-http", { functions: true }),
};

async function launch(
  databases: Databases,
  submit: SystemName,
  options: PlatformOptions,
): Promise<Contender> {
  const database = newDatabaseName(submit);
  const databaseUrl = await databases.create(database);
  const platform = await startPlatform(databaseUrl, options);
  const workers = await launchWorkerRows(databaseUrl, STUB_WORKERS);
  const { grpcAddress, httpUrl } = platform;
  const target = { databaseUrl, grpcAddress, httpUrl, workers };
  const { producer, executor } = await startEnds({ submit, execute: "hodei" }, target);
  return {
    database,
    databaseUrl,
    producer,
    executor,
    parts: {
      postgres: databases.pid,
      producer: producer.pid,
      executor: executor.pid,
      ...platform.parts,
    },
    close: async () => {
      await Promise.all([producer.stop(), executor.stop()]);
      await platform.close();
      await databases.drop(database);
    },
  };
}
