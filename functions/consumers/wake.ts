import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { isWakeMessage } from "#adapters/wake/sqs.ts";
import { reconcile } from "#core/application/reconcile.ts";
import { wakeUp } from "#core/application/sleep.ts";
import { composeReconcile } from "../compose-reconcile.ts";

const connected = composeReconcile("wake");

/**
 * Wake messages, gathered by the queue's batch window: however many came, one look is enough.
 * Messages that are not ours are reported as failed, so that they end in the dead-letter queue
 * instead of vanishing; when the look itself fails, all of them come back.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const strangers = event.Records.filter(({ body }) => !isWakeMessage(body));
  if (strangers.length < event.Records.length) {
    const { deps, sleep, flush } = await connected();
    if (strangers.length > 0)
      deps.log.warn({ messages: strangers.length }, "messages that are no wake");
    try {
      await wakeUp(sleep);
      await reconcile(deps);
    } finally {
      flush();
    }
  }
  return { batchItemFailures: strangers.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
