import { ChangeMessageVisibilityCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import type { SQSEvent } from "aws-lambda";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createSqsWake, isWakeMessage } from "#adapters/wake/sqs.ts";
import { startEventSource } from "#local/functions-host/event-source.ts";
import { wakeExam } from "../contract/wake.exam.ts";
import { until } from "../support/until.ts";
import { createQueue, createQueuePair } from "./queues.ts";
import { CREDENTIALS, REGION, useDouble } from "./use-double.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

describe.each(["localstack", "moto"] as const)("%s:", (name) => {
  const endpoint = useDouble(name);

  wakeExam("SQS", async () => {
    const queue = await createQueue(endpoint);
    const { client, url: queueUrl } = queue;
    return {
      wake: createSqsWake({ queueUrl, region: REGION, client, log: silent }),
      async receive(waitMs) {
        const messages = await queue.receive(waitMs / 1000);
        for (const message of messages) await queue.remove(message);
        return messages.filter(({ Body = "" }) => isWakeMessage(Body)).length;
      },
      breakDown: () => queue.delete(),
      close: async () => {},
    };
  });

  test("a message that is received hides until it is given back", async () => {
    const queue = await createQueue(endpoint, { VisibilityTimeout: "600" });
    await queue.client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: "one" }));
    const [first] = await queue.receive(5);
    expect(await queue.receive(0)).toEqual([]);
    const giveBack = { QueueUrl: queue.url, ReceiptHandle: first?.ReceiptHandle };
    await queue.client.send(
      new ChangeMessageVisibilityCommand({ ...giveBack, VisibilityTimeout: 0 }),
    );
    expect((await queue.receive(5))[0]).toMatchObject({ MessageId: first?.MessageId });
  });

  test("a message that nobody wants ends among the dead letters", async () => {
    const { queue, dead } = await createQueuePair(endpoint, {
      visibilitySeconds: 0,
      receivesMax: 3,
    });
    const send = new SendMessageCommand({ QueueUrl: queue.url, MessageBody: "poison" });
    const { MessageId } = await queue.client.send(send);
    for (let i = 0; i < 3; i++) expect(await queue.receive(1)).toHaveLength(1);
    expect(await queue.receive(0)).toEqual([]);
    expect(await dead.receive(1)).toMatchObject([{ MessageId, Body: "poison" }]);
  });

  test("of a batch, what the handler reports as failed comes back, and only that", async () => {
    const { queue, dead } = await createQueuePair(endpoint, {
      visibilitySeconds: 1,
      receivesMax: 2,
    });
    vi.stubEnv("AWS_ENDPOINT_URL_SQS", endpoint);
    vi.stubEnv("AWS_REGION", REGION);
    vi.stubEnv("AWS_ACCESS_KEY_ID", CREDENTIALS.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", CREDENTIALS.secretAccessKey);
    onTestFinished(() => void vi.unstubAllEnvs());
    for (const MessageBody of ["good", "bad", "good"])
      await queue.client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody }));
    const seen: string[] = [];
    const source = startEventSource(
      async ({ Records }: SQSEvent) => {
        seen.push(...Records.map(({ body }) => body));
        const bad = Records.filter(({ body }) => body === "bad");
        return { batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) };
      },
      queue.url,
      silent,
    );
    onTestFinished(() => source.close());
    let letters: string[] = [];
    await until("the bad one is a dead letter", async () => {
      letters = [...letters, ...(await dead.receive(1)).map(({ Body = "" }) => Body)];
      return letters.length > 0;
    });
    expect(letters).toEqual(["bad"]);
    expect(seen.sort()).toEqual(["bad", "bad", "good", "good"]);
  });
});
