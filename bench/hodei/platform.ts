import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { createControlStore } from "#adapters/store/control-store.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { migrateDatabase } from "#adapters/store/migrate-database.ts";
import { readMigrations } from "#adapters/store/read-migrations.ts";
import { childEnvironment } from "#local/child-environment.ts";
import { LOCAL_PROFILES } from "#local/options.ts";
import { bundleGateway } from "../../scripts/bundle.ts";
import { type Child, startChild, stopChild } from "../stand/child.ts";
import type { DoubleAddresses, Doubles } from "./doubles.ts";
import { type LaunchedWorker, launchWorkers } from "./launched-workers.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The platform around one database: gateway, doubles of AWS, and if wanted the functions. */
export interface Platform {
  readonly grpcAddress: string;
  readonly metricsUrl: string;
  /** Empty without functions. */
  readonly httpUrl: string;
  /** Root process of each part. */
  readonly parts: Readonly<Record<string, number>>;
  /** SIGKILL to the gateway, and another one where it was; resolves when that one serves. */
  replaceGateway(): Promise<void>;
  close(): Promise<void>;
}

export interface PlatformOptions {
  /** true: also the functions behind the HTTP API, on the Data API. */
  readonly functions: boolean;
  /** Run in the migrated database before anything starts. */
  readonly sql?: string;
  /** HODEI_TIMINGS; absent = the periods as they come. */
  readonly timings?: string;
}

/** Starts the bundled gateway, as its image does, against a migrated database. */
export async function startPlatform(
  databaseUrl: string,
  { functions, sql, timings }: PlatformOptions,
): Promise<Platform> {
  await migrateDatabase(databaseUrl, readMigrations(path("../../migrations")));
  if (sql) await run(databaseUrl, sql);
  const folder = mkdtempSync(join(tmpdir(), "hodei-bench-gateway-"));
  const bundle = join(folder, "gateway.mjs");
  await bundleGateway(bundle);
  const doubles = await startChild<Doubles>("hodei/doubles.ts");
  const addresses = await doubles.call.start(databaseUrl);
  const told = environments(databaseUrl, addresses, timings);
  const startGateway = (ports: Ports) => startServer(bundle, told.gateway(ports), STDERR);
  let gateway = await startGateway(NO_PORTS);
  const grpcAddress = `127.0.0.1:${gateway.ports.grpc}`;
  const host = functions
    ? await startServer(
        path("../../local/functions-host/main.ts"),
        told.functions(gateway.ports.grpc ?? 0),
        "ignore", // a line of metrics for every request
      )
    : null;
  return {
    grpcAddress,
    metricsUrl: `http://127.0.0.1:${gateway.ports.metrics}/metrics`,
    httpUrl: host ? `http://127.0.0.1:${host.ports.http}` : "",
    get parts() {
      return {
        gateway: gateway.pid,
        doubles: doubles.pid,
        ...(host && { functions: host.pid }),
      };
    },
    replaceGateway: async () => {
      const { grpc = 0, metrics = 0 } = gateway.ports;
      await gateway.kill();
      gateway = await startGateway({ ...NO_PORTS, grpc, metrics });
    },
    close: async () => {
      await host?.stop();
      await gateway.stop();
      await doubles.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Writes rows of workers that were launched and now only need to register. */
export async function launchWorkerRows(
  databaseUrl: string,
  count: number,
): Promise<LaunchedWorker[]> {
  const sql = createPgClient({
    url: databaseUrl,
    poolSize: 1,
    applicationName: "hodei-bench",
  });
  try {
    return await launchWorkers(createControlStore(sql), count);
  } finally {
    await sql.close();
  }
}

async function run(databaseUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(sql);
  await client.end();
}

interface Server extends Pick<Child<object>, "pid" | "stop"> {
  readonly ports: Readonly<Record<string, number>>;
  /** Without a word; resolves when it is gone. */
  kill(): Promise<void>;
}

/** The tables have standard output for themselves. */
const STDERR = 2;

/** A process of ours that says over IPC where it serves; `stdout` is where its own goes. */
async function startServer(
  entry: string,
  env: NodeJS.ProcessEnv,
  stdout: "ignore" | typeof STDERR,
): Promise<Server> {
  const child: ChildProcess = fork(entry, [], {
    env,
    execArgv: [],
    stdio: ["ignore", stdout, "inherit", "ipc"],
  });
  const [message] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [
    { ports?: Record<string, number> } | number | null,
  ];
  if (typeof message !== "object" || !message?.ports) throw new Error(`${entry} did not start`);
  return {
    pid: child.pid as number,
    ports: message.ports,
    stop: () => stopChild(child),
    kill: async () => {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Profiles as in local mode, but with room for every stub: nothing is ever provisioned. */
const PROFILES = LOCAL_PROFILES.map((profile) => ({
  ...profile,
  idleTtlSeconds: 86_400,
  maxWorkers: 1,
}));
const LOG_LEVEL = "warn"; // the peers are told to be as quiet
const TICK_MS = 60_000;
const NO_PORTS = { grpc: 0, http: 0, metrics: 0 }; // any free ones
type Ports = typeof NO_PORTS;

/** What the processes of local mode are told, with the doubles of this platform. */
function environments(databaseUrl: string, doubles: DoubleAddresses, timings?: string) {
  const { accessKeyId, bootstrapKeys, dataApi, sqs, ecsUrl } = doubles;
  const parts = {
    options: {
      ...{ profiles: PROFILES, timings, logLevel: LOG_LEVEL, tickMs: TICK_MS },
      anonymous: "submit", // the peers ask nobody either
    },
    state: { bootstrapKeys },
    sqs: { url: sqs.url, queueUrl: () => sqs.wakeQueueUrl },
    ecs: { url: ecsUrl },
    ...{ databaseUrl, accessKeyId, dataApi },
  };
  const { NODE_OPTIONS } = process.env; // to profile the gateway
  return {
    gateway: (ports: Ports) => ({
      ...childEnvironment("gateway", { ...parts, ports }),
      ...(NODE_OPTIONS && { NODE_OPTIONS }),
    }),
    functions: (grpc: number) =>
      childEnvironment("functions", { ...parts, ports: { ...NO_PORTS, grpc } }),
  };
}
