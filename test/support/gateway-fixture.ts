import { randomUUID } from "node:crypto";
import pg from "pg";
import pino from "pino";
import { onTestFinished } from "vitest";
import { createApiKeyStore } from "#adapters/store/api-keys.ts";
import { createAuditLog } from "#adapters/store/audit-log.ts";
import { createControlStore } from "#adapters/store/control-store.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { createProviderRecords } from "#adapters/store/provider-records.ts";
import { createRunReader } from "#adapters/store/run-reader.ts";
import { createSchedulerStore } from "#adapters/store/scheduler-store.ts";
import type { SqlClient } from "#adapters/store/sql-client.ts";
import { createTemplateStore } from "#adapters/store/template-store.ts";
import { createUsageStore } from "#adapters/store/usage-store.ts";
import { createPrometheusTelemetry } from "#adapters/telemetry/prometheus.ts";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import { listenForWakes, type WakeHint } from "#adapters/wake/postgres-listen.ts";
import { createAuthorise } from "#core/application/authorise-call.ts";
import { insertAlone, submitRun } from "#core/application/submit-run.ts";
import type { Scope } from "#core/domain/access/scope.ts";
import { limits } from "#core/domain/limits.ts";
import { DEFAULT_TIMINGS, type Timings } from "#core/domain/timings.ts";
import type { ApiKeyStore } from "#core/ports/api-keys.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { RunDetail, RunReader } from "#core/ports/run-reader.ts";
import type { UsageReader } from "#core/ports/usage-store.ts";
import type { Wake } from "#core/ports/wake.ts";
import { launchWorkers, type WorkerTraits } from "../../bench/hodei/launched-workers.ts";
import type { GatewayDeps } from "../../gateway/deps.ts";
import { followHint } from "../../gateway/hints.ts";
import { Hub } from "../../gateway/hub.ts";
import { type GrpcServer, startGrpcServer } from "../../gateway/server.ts";
import { createDatabase, type TestDatabase } from "./database.ts";
import { ScriptedWorker } from "./scripted-worker.ts";
import { until } from "./until.ts";

export type Row = Record<string, unknown>;

/** A gateway under test with what a test looks at; everything ends with the test. */
export interface GatewayFixture {
  readonly database: TestDatabase;
  readonly keys: ApiKeyStore;
  readonly store: ControlStore;
  readonly reader: RunReader;
  readonly usage: UsageReader;
  readonly hub: Hub;
  readonly server: GrpcServer;
  readonly port: number;
  readonly metrics: ReturnType<typeof createPrometheusTelemetry>;
  /** The delay of every wake so far, 0 = now. */
  readonly wakes: readonly number[];
  /** JSON lines of the gateway's log so far. */
  readonly logLines: readonly string[];
  /** Asks the database itself. */
  query(text: string, values?: unknown[]): Promise<Row[]>;
  /** Stores a run, `true` unless the spec says otherwise, and answers its id. */
  submit(spec?: Record<string, unknown>): Promise<string>;
  run(runId: string): Promise<RunDetail>;
  /** Resolves when the run is in this phase. */
  runBecomes(runId: string, phase: RunDetail["phase"]): Promise<RunDetail>;
  workerRow(workerId: string): Promise<Row>;
  /** A launched worker that has said nothing yet. */
  worker(traits?: WorkerTraits): Promise<ScriptedWorker>;
  /** A worker that is Ready, its control stream open. */
  readyWorker(traits?: WorkerTraits): Promise<ScriptedWorker>;
}

export interface GatewayOptions {
  readonly timings?: Partial<Timings>;
  /** Shared with another gateway; without it there is one of its own. */
  readonly database?: TestDatabase;
  /** What calls without an API key may do; null = nothing. */
  readonly anonymous?: Scope | null;
  readonly connectionsMax?: number;
  /** Stands between the store and the driver. */
  readonly wrapSql?: (sql: SqlClient) => SqlClient;
}

/** Heartbeats are answered within 50 ms; nothing else is shorter than in production. */
const TIMINGS: Timings = { ...DEFAULT_TIMINGS, heartbeatPeriodMs: 200 };

const PROFILE = {
  name: "small",
  cpuMillis: 1000,
  memoryMib: 2048,
  labels: {},
  taints: [],
  minWorkers: 0,
  maxWorkers: 100,
  idleTtlSeconds: 120,
  maxRunsPerWorker: null,
  maxAgeSeconds: null,
  spot: false,
};

/** The real hub and server on a free port over a real database. */
export async function startGateway(options: GatewayOptions = {}): Promise<GatewayFixture> {
  const database = options.database ?? (await createDatabase());
  if (!options.database) onTestFinished(() => database.drop());
  const own = new pg.Pool({ connectionString: database.url, max: 2 });
  own.on("error", () => {}); // tests cut connections
  onTestFinished(() => own.end());
  const driver = createPgClient({
    url: database.url,
    poolSize: 8,
    applicationName: "hodei-gateway",
  });
  onTestFinished(() => driver.close());
  const { deps, ...parts } = compose(options.wrapSql?.(driver) ?? driver, options);
  const hub = new Hub(deps);
  const { connectionsMax = limits.connectionsMax } = options;
  const place = { host: "127.0.0.1", port: 0, tls: null };
  const server = await startGrpcServer(hub, { ...place, connectionsMax });
  const onHint = (hint: WakeHint) => followHint(hub, hint);
  const listener = listenForWakes({
    connection: { connectionString: database.url },
    log: deps.log,
    onHint,
  });
  onTestFinished(async () => {
    await server.close();
    await hub.stop();
    await listener.close();
  });
  hub.start();
  const query = async (text: string, values: unknown[] = []) =>
    (await own.query<Row>(text, values)).rows;
  return { ...parts, ...scenes(deps, server, query), database, hub, server };
}

function compose(sql: SqlClient, options: GatewayOptions) {
  const logLines: string[] = [];
  const wakes: number[] = [];
  const wake: Wake = { wake: async (delayMs = 0) => void wakes.push(delayMs) };
  const log = pino({ level: "debug" }, { write: (line: string) => void logLines.push(line) });
  const metrics = createPrometheusTelemetry();
  const timings = { ...TIMINGS, ...options.timings };
  const store = createControlStore(sql, timings);
  const reader = createRunReader(sql);
  const scheduler = createSchedulerStore(sql);
  const providers = createProviderRecords(sql);
  const templates = createTemplateStore(sql);
  const audit = createAuditLog(sql);
  const newId = () => randomUUID();
  const keys = createApiKeyStore(sql);
  const { anonymous = "submit" } = options;
  const usage = createUsageStore(sql);
  const deps: GatewayDeps = {
    gatewayId: newId(),
    address: "test",
    ...{ store, reader, scheduler, providers, templates, audit, wake, timings, newId, log },
    usageStore: usage,
    digest: sha256Hex,
    authorise: createAuthorise({ keys, digest: sha256Hex, anonymous, log }),
    random: () => 0.5,
    telemetry: metrics,
    submit: { store, reader, profiles: [PROFILE], newId, telemetry: metrics },
  };
  return { deps, keys, store, reader, usage, metrics, wakes, logLines };
}

/** What tests do with a gateway, again and again. */
function scenes(deps: GatewayDeps, { port }: GrpcServer, query: GatewayFixture["query"]) {
  const worker = async (traits: WorkerTraits = {}) => {
    const [launched] = await launchWorkers(deps.store, 1, traits);
    const made = new ScriptedWorker(port, launched!);
    onTestFinished(() => made.close());
    return made;
  };
  const run = async (runId: string) => {
    const detail = await deps.reader.run(runId);
    if (!detail) throw new Error(`no run ${runId}`);
    return detail;
  };
  return {
    port,
    query,
    worker,
    run,
    readyWorker: async (traits: WorkerTraits = {}) => {
      const made = await worker(traits);
      await made.register();
      await made.open().beatUntilAnswered();
      return made;
    },
    submit: async (spec: Record<string, unknown> = {}) => {
      const whole = "shell" in spec || "script" in spec ? spec : { command: ["true"], ...spec };
      const request = { spec: whole, idempotencyKey: null, submittedBy: null };
      const submit = { ...deps.submit, insertRun: insertAlone(deps.store), wake: deps.wake };
      const { run: stored } = await submitRun(submit, request);
      return stored.id;
    },
    runBecomes: async (runId: string, phase: RunDetail["phase"]) => {
      await until(`run is ${phase}`, async () => (await run(runId)).phase === phase);
      return run(runId);
    },
    workerRow: async (workerId: string) => {
      const [row] = await query("select * from hodei.worker where id = $1", [workerId]);
      return row ?? {};
    },
  };
}
