import { launchWorkerRows, type PlatformOptions, startPlatform } from "../hodei/platform.ts";
import type { StubHabits } from "../hodei/stub-worker.ts";
import type { SystemName } from "../systems/all-systems.ts";
import { type Contender, type Launch, newDatabaseName, startEnds } from "./contender.ts";
import type { Databases } from "./databases.ts";

/** Workers, each with a stream of its own and one run at a time. */
export const STUB_WORKERS = 200;

export const hodei: Launch = hodeiWith("Hodei, gRPC");

export const hodeiHttp: Launch = hodeiWith("Hodei, HTTP", {
  submit: "hodei-http",
  functions: true,
});

/** So many worker processes that fork and execute. */
export const realWorkers = (workers: number): Launch =>
  hodeiWith(`Hodei, ${workers} workers`, { execute: "hodei-real", workers });

export interface HodeiOptions extends Partial<PlatformOptions> {
  readonly submit?: SystemName;
  readonly execute?: SystemName;
  readonly workers?: number;
  readonly habits?: StubHabits;
  /** Run in the migrated database before any worker attaches. */
  readonly sql?: string;
}

/** The platform as it is deployed, except for what is named. */
export function hodeiWith(title: string, options: HodeiOptions = {}): Launch {
  return { title, launch: (databases) => launch(databases, options) };
}

async function launch(databases: Databases, options: HodeiOptions): Promise<Contender> {
  const { submit = "hodei", execute = "hodei", functions = false } = options;
  const database = newDatabaseName(submit);
  const databaseUrl = await databases.create(database);
  const platform = await startPlatform(databaseUrl, {
    functions,
    ...(options.sql && { sql: options.sql }),
  });
  const workers = await launchWorkerRows(databaseUrl, options.workers ?? STUB_WORKERS);
  const { grpcAddress, httpUrl } = platform;
  const { habits } = options;
  const target = { databaseUrl, grpcAddress, httpUrl, workers, ...(habits && { habits }) };
  const { producer, executor } = await startEnds({ submit, execute }, target);
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
