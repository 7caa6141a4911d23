import { createOrderedIds } from "#adapters/ids/ordered-ids.ts";
import { createApiKeyStore } from "#adapters/store/api-keys.ts";
import { createAuditLog } from "#adapters/store/audit-log.ts";
import { createControlStore } from "#adapters/store/control-store.ts";
import { iamConnection } from "#adapters/store/drivers/iam-connection.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import type { PgConnection } from "#adapters/store/drivers/pg-connection.ts";
import { createProviderRecords } from "#adapters/store/provider-records.ts";
import { createRunReader } from "#adapters/store/run-reader.ts";
import { createScheduleStore } from "#adapters/store/schedule-store.ts";
import { createSchedulerStore } from "#adapters/store/scheduler-store.ts";
import type { SqlClient } from "#adapters/store/sql-client.ts";
import { createTemplateStore } from "#adapters/store/template-store.ts";
import { createUsageStore } from "#adapters/store/usage-store.ts";
import { createGatheredTelemetry } from "#adapters/telemetry/gathered-metrics.ts";
import { createLogger } from "#adapters/telemetry/logger.ts";
import { createPrometheusTelemetry } from "#adapters/telemetry/prometheus.ts";
import { telemetryToAll } from "#adapters/telemetry/telemetry-to-all.ts";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import { createSqsWake } from "#adapters/wake/sqs.ts";
import { createAuthorise } from "#core/application/authorise-call.ts";
import type { GatewayConfig } from "./config.ts";
import type { GatewayDeps } from "./deps.ts";

export interface Composition {
  readonly deps: GatewayDeps;
  readonly sql: SqlClient;
  /** What every further connection of this process is opened with. */
  readonly connection: PgConnection;
  readonly metrics: ReturnType<typeof createPrometheusTelemetry>;
  /** Metrics for CloudWatch, printed at each flush; null = nobody asked for them. */
  readonly printed: { flush(): void } | null;
}

/** Wires the real adapters. A gateway's id is new with every process. */
export function compose(config: GatewayConfig): Composition {
  const log = createLogger("gateway", config.logLevel);
  const metrics = createPrometheusTelemetry();
  const { metricsNamespace } = config;
  const printed = metricsNamespace ? createGatheredTelemetry(metricsNamespace, "gateway") : null;
  const telemetry = printed ? telemetryToAll([metrics, printed]) : metrics;
  const connection = connectionTo(config);
  const sql = createPgClient({
    connection,
    poolSize: config.poolSize,
    applicationName: "hodei-gateway",
    onError: (err) => log.warn({ err }, "a database connection was lost"),
  });
  const store = createControlStore(sql, config.timings);
  const reader = createRunReader(sql);
  const scheduler = createSchedulerStore(sql);
  const providers = createProviderRecords(sql);
  const templates = createTemplateStore(sql);
  const schedules = createScheduleStore(sql);
  const audit = createAuditLog(sql);
  const wake = createSqsWake({ queueUrl: config.wakeQueueUrl, region: config.region, log });
  const newId = createOrderedIds();
  const { profiles, timings, address, anonymous } = config;
  const digest = sha256Hex;
  return {
    ...{ sql, connection, metrics, printed },
    deps: {
      gatewayId: newId(),
      ...{
        address,
        store,
        reader,
        scheduler,
        providers,
        templates,
        schedules,
        audit,
        wake,
        timings,
        newId,
        log,
      },
      usageStore: createUsageStore(sql),
      digest,
      authorise: createAuthorise({
        keys: createApiKeyStore(sql),
        digest,
        anonymous,
        log,
        refusals: { door: "grpc", telemetry: metrics },
      }),
      random: Math.random,
      telemetry,
      submit: { store, reader, profiles, newId, telemetry },
    },
  };
}

function connectionTo({ database, region }: GatewayConfig): PgConnection {
  if (database.kind === "url") return { connectionString: database.url };
  return iamConnection({ ...database, region });
}
