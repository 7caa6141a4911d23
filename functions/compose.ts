import { createOrderedIds } from "#adapters/ids/ordered-ids.ts";
import { createEcsProvider } from "#adapters/providers/ecs/provider.ts";
import { createApiKeyStore } from "#adapters/store/api-keys.ts";
import { createControlStore } from "#adapters/store/control-store.ts";
import { createDataApiClient } from "#adapters/store/drivers/data-api.ts";
import { createProviderRecords } from "#adapters/store/provider-records.ts";
import { createRunReader } from "#adapters/store/run-reader.ts";
import { createSchedulerStore } from "#adapters/store/scheduler-store.ts";
import { assertSchemaCurrent } from "#adapters/store/schema-gate.ts";
import { createTemplateStore } from "#adapters/store/template-store.ts";
import { createUsageStore } from "#adapters/store/usage-store.ts";
import { createEmbeddedTelemetry } from "#adapters/telemetry/embedded-metrics.ts";
import { createLogger } from "#adapters/telemetry/logger.ts";
import { createHmacTokens, sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import { mintApiKey } from "#adapters/tokens/mint-api-key.ts";
import { createSqsWake } from "#adapters/wake/sqs.ts";
import { type Authorise, createAuthorise } from "#core/application/authorise-call.ts";
import { cancelRun } from "#core/application/cancel-run.ts";
import { cancelRuns } from "#core/application/cancel-runs.ts";
import { configureScheduler } from "#core/application/configure-scheduler.ts";
import { type KeyOperations, keyOperations } from "#core/application/manage-keys.ts";
import type { Operations } from "#core/application/operations.ts";
import { patchRun } from "#core/application/patch-run.ts";
import {
  type ProviderOperations,
  providerOperations,
} from "#core/application/provider-operations.ts";
import type { ReconcileDeps } from "#core/application/reconcile-deps.ts";
import { insertAlone, submitRun } from "#core/application/submit-run.ts";
import { submitRuns } from "#core/application/submit-runs.ts";
import {
  type TemplateOperations,
  templateOperations,
} from "#core/application/template-operations.ts";
import { SCHEMA_VERSION } from "#core/domain/schema-version.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { RunReader } from "#core/ports/run-reader.ts";
import type { TemplateStore } from "#core/ports/template-store.ts";
import type { UsageReader } from "#core/ports/usage-store.ts";
import { type FunctionConfig, readFunctionConfig, readReconcileConfig } from "./config.ts";

function base(service: string, config: FunctionConfig) {
  const log = createLogger(service, config.logLevel);
  const telemetry = createEmbeddedTelemetry(config.metricsNamespace, service);
  const sql = createDataApiClient({
    resourceArn: config.resourceArn,
    secretArn: config.secretArn,
    database: config.database,
    config: { region: config.region },
  });
  const wake = createSqsWake({ queueUrl: config.wakeQueueUrl, region: config.region, log });
  const store = createControlStore(sql, config.timings);
  const reader = createRunReader(sql);
  const templates = createTemplateStore(sql);
  return { log, telemetry, sql, wake, store, reader, templates, newId: createOrderedIds() };
}

export interface ApiComposition {
  readonly operations: Operations;
  readonly keys: KeyOperations;
  readonly authorise: Authorise;
  readonly reader: RunReader;
  readonly templateOperations: TemplateOperations;
  readonly templates: TemplateStore;
  readonly providerOperations: ProviderOperations;
  readonly usage: UsageReader;
  readonly store: ControlStore;
  readonly log: ReturnType<typeof createLogger>;
  readonly flush: () => void;
}

/** The HTTP API's parts, from this process's environment; nothing is connected before first use. */
export function composeApi(variables: NodeJS.ProcessEnv = process.env): ApiComposition {
  const config = readFunctionConfig(variables);
  const { log, telemetry, sql, wake, store, reader, templates, newId } = base("api", config);
  const { profiles, anonymous } = config;
  const digest = sha256Hex;
  const keys = createApiKeyStore(sql);
  const scheduler = createSchedulerStore(sql);
  const inserts = { insertRun: insertAlone(store), insertRuns: store.insertRuns };
  const submit = { ...inserts, store, reader, wake, profiles, newId, telemetry };
  return {
    ...{ store, reader, templates, log, flush: telemetry.flush },
    templateOperations: templateOperations({ ...submit, templates }),
    usage: createUsageStore(sql),
    providerOperations: providerOperations({
      providers: createProviderRecords(sql),
      ...{ profiles, newId, wake },
    }),
    keys: keyOperations({ keys, mint: mintApiKey, digest, log }),
    authorise: createAuthorise({
      keys,
      digest,
      anonymous,
      log,
      refusals: { door: "http", telemetry },
    }),
    operations: {
      submitRun: (request) => submitRun(submit, request),
      submitRuns: (request) => submitRuns(submit, request),
      cancelRun: (runId, reason) => cancelRun({ store, reader }, runId, reason),
      scheduler: scheduler.scheduler,
      configureScheduler: (body) => configureScheduler({ scheduler, log }, body),
      explainRun: async (runId) => {
        const { explain } = await import("#core/application/explain-run.ts"); // seldom, and large
        return explain({ store, scheduler, profiles }, runId);
      },
      foreseeRun: async (request) => {
        const { foreseeRun } = await import("#core/application/foresee-placement.ts"); // as well
        return foreseeRun({ ...submit, scheduler }, request);
      },
      cancelRuns: (request) => cancelRuns({ store }, request),
      patchRun: (runId, change) => patchRun({ store, reader, wake }, runId, change),
    },
  };
}

export interface ReconcileComposition {
  readonly deps: ReconcileDeps;
  readonly flush: () => void;
}

/**
 * The reconciler's parts. Once per cold start it also reads the install's id and refuses a database
 * whose schema is newer than this code can serve; a failure is tried again by the next invocation.
 */
export function composeReconcile(service: string): () => Promise<ReconcileComposition> {
  let composed: Promise<ReconcileComposition> | null = null;
  return () => {
    composed ??= connect(service).catch((error) => {
      composed = null;
      throw error;
    });
    return composed;
  };
}

async function connect(service: string): Promise<ReconcileComposition> {
  const config = readReconcileConfig(process.env);
  const { log, telemetry, sql, wake, store, newId } = base(service, config);
  await assertSchemaCurrent(sql, SCHEMA_VERSION);
  const { installId } = await store.control();
  return {
    flush: telemetry.flush,
    deps: {
      ...{ store, wake, newId, log, telemetry, installId },
      provider: createEcsProvider(config.ecs),
      tokens: createHmacTokens(config.bootstrapKeys),
      profiles: config.profiles,
      workerEnvironment: { HODEI_SERVER_ADDRESS: config.gatewayUrl },
      random: Math.random,
      monotonicMs: () => performance.now(),
    },
  };
}
