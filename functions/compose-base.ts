import { createOrderedIds } from "#adapters/ids/ordered-ids.ts";
import { createControlStore } from "#adapters/store/control-store.ts";
import { createDataApiClient } from "#adapters/store/drivers/data-api.ts";
import { createRunReader } from "#adapters/store/run-reader.ts";
import { createTemplateStore } from "#adapters/store/template-store.ts";
import { createEmbeddedTelemetry } from "#adapters/telemetry/embedded-metrics.ts";
import { createLogger } from "#adapters/telemetry/logger.ts";
import { createSqsWake } from "#adapters/wake/sqs.ts";
import type { FunctionConfig } from "./config.ts";

/** What every function is made of; nothing is connected before first use. */
export function composeBase(service: string, config: FunctionConfig) {
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
