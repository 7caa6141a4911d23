import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { createControlStore } from "#adapters/store/control-store.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { migrateDatabase } from "#adapters/store/migrate-database.ts";
import { readMigrations } from "#adapters/store/read-migrations.ts";
import { type PostgresServer, startPostgres } from "#local/postgres/start-postgres.ts";
import { SupervisedProcess } from "#local/supervised-process.ts";
import { type LaunchedWorker, launchWorkers } from "../hodei/launched-workers.ts";
import { LAMBDA_ENVIRONMENT } from "./lambda-environment.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const GATEWAY_GRACE_MS = 2_000;

/** What a starting worker meets: a gateway process on a Postgres of its own. */
export interface WorkerStage {
  /** As a worker is told it: http://host:port. */
  readonly gatewayUrl: string;
  /** Writes the rows of workers whose machines were launched, as the reconciler does. */
  launch(count: number): Promise<LaunchedWorker[]>;
  stop(): Promise<void>;
}

/** Starts Postgres and gateway. Whatever started is stopped again when something later does not. */
export async function openWorkerStage(): Promise<WorkerStage> {
  const folder = mkdtempSync(join(tmpdir(), "hodei-start-time-"));
  const postgres = await startPostgres({ dataDir: join(folder, "postgres"), durable: true });
  const removeAll = async () => {
    await postgres.stop();
    for (const one of [postgres.dataDir, folder]) rmSync(one, { recursive: true, force: true });
  };
  try {
    await migrateDatabase(postgres.url, readMigrations(path("../../migrations")));
    const { gateway, port } = await startGateway(postgres, join(folder, "gateway.log"));
    return {
      gatewayUrl: `http://127.0.0.1:${port}`,
      launch: (count) => launchRows(postgres.url, count),
      stop: async () => {
        await gateway.stop(GATEWAY_GRACE_MS);
        await removeAll();
      },
    };
  } catch (error) {
    await removeAll();
    throw error;
  }
}

async function startGateway(postgres: PostgresServer, logFile: string) {
  let port = 0;
  const gateway = new SupervisedProcess({
    name: "gateway",
    entry: path("../../gateway/main.ts"),
    environment: () => ({
      ...LAMBDA_ENVIRONMENT,
      HODEI_DATABASE_URL: postgres.url,
      HODEI_GRPC_HOST: "127.0.0.1",
      GRPC_PORT: "0",
      HODEI_METRICS_PORT: "0",
    }),
    logFile,
    log: pino({ level: "warn" }),
    onReady: ({ grpc = 0 }) => {
      port = grpc;
    },
  });
  await gateway.start();
  return { gateway, port };
}

async function launchRows(url: string, count: number): Promise<LaunchedWorker[]> {
  const sql = createPgClient({ url, poolSize: 1, applicationName: "hodei-start-time" });
  try {
    return await launchWorkers(createControlStore(sql), count);
  } finally {
    await sql.close();
  }
}
