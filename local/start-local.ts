import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { migrate } from "#adapters/store/migrate.ts";
import { readMigrations } from "#adapters/store/read-migrations.ts";
import { bundleWorker } from "../scripts/bundle.ts";
import { childEnvironment } from "./child-environment.ts";
import { type DataApi, startDataApi } from "./emulators/data-api/start-data-api.ts";
import { type EcsEmulator, startEcs } from "./emulators/ecs/start-ecs.ts";
import { type SqsEmulator, startSqs } from "./emulators/sqs/start-sqs.ts";
import { type KeptPostgres, keepPostgres } from "./kept-postgres.ts";
import { CLUSTER, QUEUES, REGION, WORKER_FAMILY } from "./names.ts";
import type { LocalOptions } from "./options.ts";
import { openStateDir } from "./state-dir.ts";
import { SupervisedProcess } from "./supervised-process.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const STOP_GRACE_MS = 8_000;
const TASK_GRACE_MS = 12_000;

/** The whole platform on this machine; every part is a real process or speaks the real wire. */
export interface Local {
  readonly url: string;
  readonly grpcAddress: string;
  readonly databaseUrl: string;
  readonly gateway: SupervisedProcess;
  readonly functions: SupervisedProcess;
  /** null with a database of one's own. */
  readonly postgres: KeptPostgres | null;
  readonly ecs: EcsEmulator;
  readonly sqs: SqsEmulator;
  readonly dataApi: DataApi;
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
  const bundled = bundleWorker(worker);

  const postgres = options.databaseUrl ? null : await keepPostgres(state.file("postgres"), 0, log);
  if (postgres) onStop(() => postgres.stop());
  const databaseUrl = options.databaseUrl ?? postgres?.url ?? "";
  await migrate(databaseUrl, readMigrations(path("../migrations")));

  const dataApi = await startDataApi({ databaseUrl });
  onStop(() => dataApi.close());
  const sqs = await startSqs({
    region: REGION,
    queues: {
      [QUEUES.dead]: {},
      [QUEUES.wake]: {
        visibilityTimeoutSeconds: 120,
        deadLetter: { queue: QUEUES.dead, maxReceiveCount: 5 },
      },
    },
  });
  onStop(() => sqs.close());
  await bundled;
  let functions: SupervisedProcess | null = null;
  const ecs = await startEcs({
    region: REGION,
    cluster: CLUSTER,
    stateDir: state.file("ecs"),
    launchDelayMs: options.launchDelayMs,
    stopTimeoutMs: 30_000,
    taskDefinitions: {
      [WORKER_FAMILY]: {
        containerName: "worker",
        command: [process.execPath, worker],
        environment: { HODEI_LOG_LEVEL: options.logLevel },
      },
    },
    onTaskStateChange: (event) => functions?.send({ kind: "ecs-event", event }),
    log,
  });

  const ports = { grpc: options.grpcPort, http: options.httpPort };
  const environment = (part: "gateway" | "functions") =>
    childEnvironment(part, { options, state, databaseUrl, dataApi, sqs, ecs, ports });
  const gateway = new SupervisedProcess({
    name: "gateway",
    entry: path("../gateway/main.ts"),
    environment: () => environment("gateway"),
    logFile: state.file("logs", "gateway.log"),
    log,
    onReady: (port) => {
      ports.grpc = port;
    },
  });
  onStop(() => gateway.stop(STOP_GRACE_MS));
  onStop(() => ecs.close(TASK_GRACE_MS));
  await gateway.start();
  functions = new SupervisedProcess({
    name: "functions",
    entry: path("./functions-host/main.ts"),
    environment: () => environment("functions"),
    logFile: state.file("logs", "functions.log"),
    log,
    onReady: (port) => {
      ports.http = port;
    },
  });
  const host = functions;
  onStop(() => host.stop(STOP_GRACE_MS));
  await host.start();
  const url = `http://127.0.0.1:${ports.http}`;
  const grpcAddress = `127.0.0.1:${ports.grpc}`;
  state.announce({ url, grpc: grpcAddress });
  return { url, grpcAddress, databaseUrl, gateway, functions: host, postgres, ecs, sqs, dataApi };
}
