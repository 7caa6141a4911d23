/**
 * The control store over a database of its own, the time in the test's hands, and the rows as they
 * really are. One fixture serves a whole test file; `reset` empties it between tests.
 */
import pg from "pg";
import { inject } from "vitest";
import { createApiKeyStore } from "#adapters/store/api-keys.ts";
import { createAuditLog } from "#adapters/store/audit-log.ts";
import { createControlStore } from "#adapters/store/control-store.ts";
import { domainQuery } from "#adapters/store/domain-query.ts";
import { createDataApiClient } from "#adapters/store/drivers/data-api.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { createLogReader } from "#adapters/store/log-reader.ts";
import { createProviderRecords } from "#adapters/store/provider-records.ts";
import { readViolations, type Violation } from "#adapters/store/reads/invariants.ts";
import { createRunReader } from "#adapters/store/run-reader.ts";
import { createSchedulerStore } from "#adapters/store/scheduler-store.ts";
import { defineStatement, type SqlClient } from "#adapters/store/sql-client.ts";
import { createTemplateStore } from "#adapters/store/template-store.ts";
import { createUsageStore } from "#adapters/store/usage-store.ts";
import type { VerifyBounds } from "#adapters/store/verify-logs.ts";
import type { ApiKeyStore } from "#core/ports/api-keys.ts";
import type { AuditLog } from "#core/ports/audit-log.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { ProviderRecords } from "#core/ports/provider-records.ts";
import type { RunReader } from "#core/ports/run-reader.ts";
import type { SchedulerStore } from "#core/ports/scheduler-store.ts";
import type { TemplateStore } from "#core/ports/template-store.ts";
import type { UsageStore } from "#core/ports/usage-store.ts";
import { startDataApi } from "#local/emulators/data-api/start-data-api.ts";
import { createDatabase } from "./database.ts";
import { type Alter, altered, directClient } from "./direct-client.ts";
import { type FenceOk, lockRace, type Race } from "./lock-race.ts";
import { createScene, type Scene } from "./store-scene.ts";
import { createTables, type Tables } from "./store-tables.ts";

export const DRIVERS = ["node-postgres", "Data API"] as const;
export type Driver = (typeof DRIVERS)[number];

export interface StoreFixture extends Scene {
  /** Below the stores, for those that have no place here. */
  readonly sql: SqlClient;
  readonly store: ControlStore;
  readonly keys: ApiKeyStore;
  readonly audit: AuditLog;
  /** The audit log, with a shorter look. */
  readonly auditOf: (max: number) => AuditLog;
  readonly reader: RunReader;
  /** The output of runs, with a shorter look. */
  readonly logsWithin: (bounds: VerifyBounds) => Pick<RunReader, "verifyLogs">;
  readonly templates: TemplateStore;
  readonly scheduler: SchedulerStore;
  readonly providers: ProviderRecords;
  readonly usage: UsageStore;
  readonly tables: Tables;
  /** `hodei.fence_ok`, as a user's transaction calls it. */
  readonly fenceOk: FenceOk;
  /** Two statements at once, the first one's transaction open (always node-postgres). */
  readonly race: Race;
  /** The same with moves of API keys. */
  readonly raceKeys: Race<readonly [ApiKeyStore]>;
  readonly violations: () => Promise<Violation[]>;
  /** Empties the database and sets the clock back. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function openStore(
  driver: Driver = "node-postgres",
  alter: Alter = (statement) => statement,
): Promise<StoreFixture> {
  const database = await createDatabase();
  const opened = await openClient(driver, asRole(database.url, driver));
  const sql = altered(opened.sql, alter);
  const store = createControlStore(sql);
  const connections = await Promise.all([1, 2, 3].map(() => connectTo(database.url)));
  const [admin, first, second] = connections as [pg.Client, pg.Client, pg.Client];
  const tables = await createTables(admin);
  const storesOver = (connection: pg.Client) => {
    const client = directClient(connection, alter);
    return [createControlStore(client), createTemplateStore(client), fenceOkOver(client)] as const;
  };
  const keysOver = (connection: pg.Client) =>
    [createApiKeyStore(directClient(connection, alter))] as const;
  return {
    ...createScene(store, tables),
    sql,
    store,
    keys: createApiKeyStore(sql),
    audit: createAuditLog(sql),
    auditOf: (max) => createAuditLog(sql, max),
    reader: createRunReader(sql),
    logsWithin: (bounds) => createLogReader(domainQuery(sql), bounds),
    templates: createTemplateStore(sql),
    scheduler: createSchedulerStore(sql),
    providers: createProviderRecords(sql),
    usage: createUsageStore(sql),
    tables,
    fenceOk: fenceOkOver(sql),
    race: lockRace({ watcher: admin, first, second, storesOver }),
    raceKeys: lockRace({ watcher: admin, first, second, storesOver: keysOver }),
    violations: () => sql.query<Violation>(readViolations, { limit: 100 }),
    reset: () => tables.empty(),
    close: async () => {
      await sql.close();
      await opened.close();
      await Promise.all(connections.map((connection) => connection.end()));
      await database.drop();
    },
  };
}

const ASK_FENCE = defineStatement(
  "ask-fence",
  "select to_jsonb(hodei.fence_ok(:runId::uuid, :fence::bigint)) as doc",
);

const fenceOkOver =
  (sql: SqlClient): FenceOk =>
  async (runId, fence) => {
    const [answer] = await sql.query<boolean>(ASK_FENCE, { runId, fence });
    return answer as boolean;
  };

async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, options: "-c TimeZone=UTC" });
  await client.connect();
  return client;
}

/** The address that a deployed process of this driver would use: nothing is done as a superuser. */
function asRole(databaseUrl: string, driver: Driver): string {
  const { functions, gateway, password } = inject("databaseRoles");
  const url = new URL(databaseUrl);
  url.username = driver === "node-postgres" ? gateway : functions;
  url.password = password;
  return url.href;
}

async function openClient(
  driver: Driver,
  databaseUrl: string,
): Promise<{ sql: SqlClient; close(): Promise<void> }> {
  if (driver === "node-postgres") {
    const sql = createPgClient({ url: databaseUrl, poolSize: 20, applicationName: "exam" });
    return { sql, close: async () => {} };
  }
  const api = await startDataApi({ databaseUrl });
  const config = {
    endpoint: api.url,
    region: "us-east-1",
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
  };
  return { sql: createDataApiClient({ ...api, config }), close: () => api.close() };
}
