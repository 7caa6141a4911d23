import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import pino from "pino";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { readViolations } from "#adapters/store/reads/invariants.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import { LOCAL_DEFAULTS, LOCAL_PROFILES, type LocalOptions } from "#local/options.ts";
import { type Local, startLocal } from "#local/start-local.ts";
import { type ApiClient, createApiClient } from "../../cli/api-client.ts";
import { until } from "./until.ts";

export interface LocalMode extends Local {
  readonly api: ApiClient;
  readonly stateDir: string;
  /** Rows of a plain query on its database. */
  rows<R extends object>(sql: string, values?: unknown[]): Promise<R[]>;
  /** What the operator's query of the invariants finds; empty = sound. */
  violations(): Promise<unknown[]>;
  /** Process id of the machine of this worker. */
  pidOf(workerId: string): number;
  /** Every worker Terminated and no task running. */
  untilNoMachine(): Promise<void>;
  /** Stops it and forgets its state. */
  end(): Promise<void>;
}

/** Pools that let go of idle workers at once, so that a test need not wait for it. */
export const EAGER_PROFILES: readonly MachineProfile[] = LOCAL_PROFILES.map((profile) => ({
  ...profile,
  idleTtlSeconds: 1,
}));

/** Local mode on a database of its own, with free ports; its client's requests go through `send`. */
export async function startLocalMode(
  options: Partial<LocalOptions> = {},
  stateDir: string = mkdtempSync(join(tmpdir(), "hodei-e2e-")),
  send: typeof globalThis.fetch = fetch,
): Promise<LocalMode> {
  const log = pino({ level: "error" }, pino.destination(join(stateDir, "local.log")));
  const local = await startLocal(
    { ...LOCAL_DEFAULTS, stateDir, httpPort: 0, grpcPort: 0, tickMs: 1_000, ...options },
    log,
  );
  const stop = new AbortController();
  const pool = new pg.Pool({ connectionString: local.databaseUrl, max: 2 });
  pool.on("error", () => {}); // the tests kill the server under it
  const rows = async <R extends object>(sql: string, values: unknown[] = []) =>
    (await pool.query<R>(sql, values)).rows;
  return {
    ...local,
    // Getters of the original, not copies: what is behind them changes with a restart.
    get gateway() {
      return local.gateway;
    },
    get postgres() {
      return local.postgres;
    },
    api: createApiClient({
      ...{ address: new URL(local.url), apiKey: local.apiKey, signal: stop.signal, fetch: send },
    }),
    stateDir,
    rows,
    violations: () => violationsIn(local.databaseUrl),
    pidOf: (workerId) => pidOf(stateDir, workerId),
    untilNoMachine: async () => {
      await until(
        "every worker is Terminated",
        async () => {
          const [left] = await rows<{ n: number }>(
            "select count(*)::int as n from hodei.worker where phase <> 'Terminated'",
          );
          return left?.n === 0;
        },
        60_000,
      );
    },
    end: async () => {
      stop.abort();
      await pool.end();
      await local.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

async function violationsIn(url: string): Promise<unknown[]> {
  const sql = createPgClient({ url, poolSize: 1, applicationName: "hodei-e2e" });
  try {
    return await sql.query(readViolations, { limit: 100 });
  } finally {
    await sql.close();
  }
}

interface TaskFile {
  readonly tasks: readonly {
    readonly startedBy?: string;
    readonly request?: { readonly startedBy?: string };
    readonly process?: { readonly pid: number } | null;
  }[];
}

function pidOf(stateDir: string, workerId: string): number {
  const { tasks } = JSON.parse(
    readFileSync(join(stateDir, "ecs", "tasks.json"), "utf8"),
  ) as TaskFile;
  const task = tasks.find((one) => JSON.stringify(one).includes(workerId) && one.process);
  if (!task?.process) throw new Error(`worker ${workerId} has no running task`);
  return task.process.pid;
}
