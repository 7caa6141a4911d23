import { setTimeout as pause } from "node:timers/promises";
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { Log } from "#core/ports/log.ts";

const RETRY_MS = 500;

/**
 * Plays the SQS event source of Lambda: long polls, hands batches to the handler, deletes what it
 * did not report as failed. A handler that throws leaves the whole batch to its visibility timeout.
 */
export function startEventSource(
  handler: (event: SQSEvent) => Promise<SQSBatchResponse>,
  queueUrl: string,
  log: Log,
) {
  const client = new SQSClient({});
  const stop = new AbortController();
  const poll = async () => {
    while (!stop.signal.aborted) {
      try {
        await pollOnce(client, queueUrl, handler, stop.signal);
      } catch (err) {
        if (stop.signal.aborted) return;
        log.warn({ err }, "polling the wake queue failed");
        await pause(RETRY_MS, undefined, { signal: stop.signal }).catch(() => {});
      }
    }
  };
  const polling = poll();
  return {
    close: async () => {
      stop.abort();
      await polling;
      client.destroy();
    },
  };
}

async function pollOnce(
  client: SQSClient,
  QueueUrl: string,
  handler: (event: SQSEvent) => Promise<SQSBatchResponse>,
  abortSignal: AbortSignal,
): Promise<void> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ["All"],
    }),
    { abortSignal },
  );
  if (Messages.length === 0) return;
  const { batchItemFailures } = await handler({ Records: Messages.map(recordOf) });
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const done = Messages.filter(({ MessageId }) => !failed.has(MessageId ?? ""));
  if (done.length === 0) return;
  await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: done.map(({ MessageId, ReceiptHandle }) => ({ Id: MessageId, ReceiptHandle })),
    }),
  );
}

const recordOf = (message: Message): SQSRecord => ({
  messageId: message.MessageId ?? "",
  receiptHandle: message.ReceiptHandle ?? "",
  body: message.Body ?? "",
  attributes: message.Attributes as unknown as SQSRecord["attributes"],
  messageAttributes: {},
  md5OfBody: message.MD5OfBody ?? "",
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:hodei-wake",
  awsRegion: process.env.AWS_REGION ?? "",
});
