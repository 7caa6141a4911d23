import { createApiKeyStore } from "#adapters/store/api-keys.ts";
import { createSchedulerStore } from "#adapters/store/scheduler-store.ts";
import { createUsageStore } from "#adapters/store/usage-store.ts";
import type { createLogger } from "#adapters/telemetry/logger.ts";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import { mintApiKey } from "#adapters/tokens/mint-api-key.ts";
import { type Authorise, createAuthorise } from "#core/application/authorise-call.ts";
import { cancelRun } from "#core/application/cancel-run.ts";
import { cancelRuns } from "#core/application/cancel-runs.ts";
import { configureScheduler } from "#core/application/configure-scheduler.ts";
import { type KeyOperations, keyOperations } from "#core/application/manage-keys.ts";
import type { Operations } from "#core/application/operations.ts";
import { patchRun } from "#core/application/patch-run.ts";
import type { ProviderOperations } from "#core/application/provider-operations.ts";
import { insertAlone, submitRun } from "#core/application/submit-run.ts";
import { submitRuns } from "#core/application/submit-runs.ts";
import {
  type TemplateOperations,
  templateOperations,
} from "#core/application/template-operations.ts";
import type { AuditLog } from "#core/ports/audit-log.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { InvariantReader } from "#core/ports/invariant-reader.ts";
import type { RunReader } from "#core/ports/run-reader.ts";
import type { TemplateStore } from "#core/ports/template-store.ts";
import type { UsageReader } from "#core/ports/usage-store.ts";
import { composeBase } from "./compose-base.ts";
import { composeProviders } from "./compose-providers.ts";
import { readFunctionConfig } from "./config.ts";

export interface ApiComposition {
  readonly operations: Operations;
  readonly keys: KeyOperations;
  readonly authorise: Authorise;
  readonly reader: RunReader;
  readonly templateOperations: TemplateOperations;
  readonly templates: TemplateStore;
  readonly providerOperations: ProviderOperations;
  readonly usage: UsageReader;
  readonly audit: () => Promise<AuditLog>;
  readonly invariants: () => Promise<InvariantReader>;
  readonly store: ControlStore;
  readonly log: ReturnType<typeof createLogger>;
  readonly flush: () => void;
}

/** The HTTP API's parts, from this process's environment; nothing is connected before first use. */
export function composeApi(variables: NodeJS.ProcessEnv = process.env): ApiComposition {
  const config = readFunctionConfig(variables);
  const { log, telemetry, sql, wake, store, reader, templates, newId } = composeBase("api", config);
  const { profiles, anonymous } = config;
  const digest = sha256Hex;
  const keys = createApiKeyStore(sql);
  const scheduler = createSchedulerStore(sql);
  let invariants: Promise<InvariantReader> | null = null;
  const inserts = { insertRun: insertAlone(store), insertRuns: store.insertRuns };
  const submit = { ...inserts, store, reader, wake, profiles, newId, telemetry };
  return {
    ...{ store, reader, templates, log, flush: telemetry.flush },
    audit: async () => {
      const { createAuditLog } = await import("#adapters/store/audit-log.ts"); // seldom
      return createAuditLog(sql);
    },
    invariants: () => {
      invariants ??= import("./compose-invariants.ts").then(({ composeInvariants }) =>
        composeInvariants(sql, config.timings),
      );
      return invariants;
    },
    usage: createUsageStore(sql),
    providerOperations: composeProviders(sql, { profiles, newId, wake }),
    templateOperations: templateOperations({ ...submit, templates }),
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
      cancelRun: (runId, reason, by) => cancelRun({ store, reader }, runId, reason, by),
      scheduler: scheduler.scheduler,
      configureScheduler: (body, by) => configureScheduler({ scheduler, log }, body, by),
      explainRun: async (runId) => {
        const { explain } = await import("#core/application/explain-run.ts"); // seldom, and large
        return explain({ store, scheduler, profiles }, runId);
      },
      foreseeRun: async (request) => {
        const { foreseeRun } = await import("#core/application/foresee-placement.ts"); // as well
        return foreseeRun({ ...submit, scheduler }, request);
      },
      cancelRuns: (request) => cancelRuns({ store }, request),
      patchRun: (runId, change, by) => patchRun({ store, reader, wake }, runId, change, by),
    },
  };
}
