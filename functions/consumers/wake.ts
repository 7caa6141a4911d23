import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { isWakeMessage } from "#adapters/wake/sqs.ts";
import { reconcile } from "#core/application/reconcile.ts";
import { wakeUp } from "#core/application/sleep.ts";
import { composeReconcile } from "../compose-reconcile.ts";

const connected = composeReconcile("wake");

/** Wake messages, gathered by the queue's batch window. */
export const handler = createWakeHandler(async (strangers) => {
  const { deps, sleep, flush } = await connected();
  if (strangers > 0) deps.log.warn({ messages: strangers }, "messages that are no wake");
  try {
    await wakeUp(sleep);
    await reconcile(deps);
  } finally {
    flush();
  }
});

/**
 * However many wakes came, one `look` is enough; it is told how many messages were something else. Those
 * that are not ours are reported as failed, so that they end in the dead-letter queue instead of vanishing;
 * when the look itself fails, all of them come back. What has no id cannot be named, and is dropped.
 */
export function createWakeHandler(look: (strangers: number) => Promise<void>) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const records = Array.isArray(event?.Records) ? event.Records : [];
    const strangers = records.filter((record) => !isWakeMessage(record?.body));
    if (strangers.length < records.length) await look(strangers.length);
    const ids = strangers.map((record) => record?.messageId);
    const named = ids.filter((id) => typeof id === "string" && id !== "");
    return { batchItemFailures: named.map((id) => ({ itemIdentifier: id })) };
  };
}
