import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { migrateDatabase } from "#adapters/store/migrate-database.ts";
import { readMigrations } from "#adapters/store/read-migrations.ts";
import { bundleWorker } from "../scripts/bundle.ts";
import { childEnvironment } from "./child-environment.ts";
import { keptApiKey } from "./kept-api-key.ts";
import { type KeptPostgres, keepPostgres } from "./kept-postgres.ts";
import type { LocalOptions } from "./options.ts";
import { type Doubles, startDoubles } from "./start-doubles.ts";
import { openStateDir } from "./state-dir.ts";
import { SupervisedProcess } from "./supervised-process.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const STOP_GRACE_MS = 8_000;
const TASK_GRACE_MS = 12_000;

/** The whole platform on this machine; every part is a real process or speaks the real wire. */
export interface Local extends Doubles {
  readonly url: string;
  readonly grpcAddress: string;
  /** Prometheus metrics of the gateway. */
  readonly metricsUrl: string;
  readonly databaseUrl: string;
  /** An admin's key, kept in the state directory. A secret. */
  readonly apiKey: string;
  readonly gateway: SupervisedProcess;
  readonly functions: SupervisedProcess;
  /** null with a database of one's own. */
  readonly postgres: KeptPostgres | null;
  /** Ends every process, in an order that loses nothing. State stays. */
  stop(): Promise<void>;
}

/**
 * Starts local mode: database and migrations, the doubles of Data API, SQS and ECS, then the very
 * gateway and functions that are deployed, pointed at the doubles by the SDK's own variables.
 * What was started is stopped again when something later does not start.
 */
export async function startLocal(options: LocalOptions, log: Logger): Promise<Local> {
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    return { ...(await startAll(options, log, (one) => stops.push(one))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(
  options: LocalOptions,
  log: Logger,
  onStop: (stop: () => unknown) => void,
): Promise<Omit<Local, "stop">> {
  const state = openStateDir(options.stateDir);
  onStop(() => state.release());
  const worker = state.file("build", "worker.mjs");
  await bundleWorker(worker);
  const postgres = options.databaseUrl ? null : await keepPostgres(state.file("postgres"), 0, log);
  if (postgres) onStop(() => postgres.stop());
  const databaseUrl = postgres?.url ?? options.databaseUrl ?? "";
  await migrateDatabase(databaseUrl, readMigrations(path("../migrations")));
  const apiKey = await keptApiKey(state.file("api-key"), databaseUrl, log);

  let functions: SupervisedProcess | null = null;
  const doubles = await startDoubles({ options, state, databaseUrl, worker, log }, (event) =>
    functions?.send({ kind: "ecs-event", event }),
  );
  onStop(() => Promise.all([doubles.dataApi.close(), doubles.sqs.close()]));
  const ports = { grpc: options.grpcPort, http: options.httpPort, metrics: 0 };
  const supervise = (name: "gateway" | "functions", entry: string) =>
    new SupervisedProcess({
      name,
      entry: path(entry),
      environment: () => childEnvironment(name, { options, state, databaseUrl, ports, ...doubles }),
      logFile: state.file("logs", `${name}.log`),
      log,
      onReady: (served) => Object.assign(ports, served),
    });
  const gateway = supervise("gateway", "../gateway/main.ts");
  onStop(() => gateway.stop(STOP_GRACE_MS));
  onStop(() => doubles.ecs.close(TASK_GRACE_MS)); // before the gateway: workers say goodbye to it
  await gateway.start();
  const host = supervise("functions", "./functions-host/main.ts");
  functions = host;
  onStop(() => host.stop(STOP_GRACE_MS));
  await host.start();
  const addresses = {
    url: `http://127.0.0.1:${ports.http}`,
    grpcAddress: `127.0.0.1:${ports.grpc}`,
    metricsUrl: `http://127.0.0.1:${ports.metrics}/metrics`,
  };
  state.announce({ ...addresses, ...(postgres && { database: withoutPassword(postgres.url) }) });
  return { ...addresses, databaseUrl, apiKey, gateway, functions: host, postgres, ...doubles };
}

/** The password has a file of its own, which only its owner may read. */
function withoutPassword(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.password = "";
  return url.href;
}
