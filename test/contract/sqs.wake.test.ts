import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createSqsWake, isWakeMessage } from "#adapters/wake/sqs.ts";
import { type SqsEmulator, startSqs } from "#local/emulators/sqs/start-sqs.ts";
import { wakeExam } from "./wake.exam.ts";

const region = "eu-west-1";
const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const silent = { warn: () => {} };

/** The SDK's own client. Without an endpoint it sends to the host of the QueueUrl. */
function sqsClient(endpoint: string): SQSClient {
  const client = new SQSClient({ endpoint, region, credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

async function startQueue(): Promise<{ sqs: SqsEmulator; client: SQSClient; queueUrl: string }> {
  const sqs = await startSqs({
    region,
    queues: {
      wake: { visibilityTimeoutSeconds: 0, deadLetter: { queue: "dead", maxReceiveCount: 3 } },
      dead: {},
    },
  });
  onTestFinished(() => sqs.close());
  return { sqs, client: sqsClient(sqs.url), queueUrl: sqs.queueUrl("wake") };
}

/** One long poll: ends with the first message, or after `waitSeconds`. */
async function receive(client: SQSClient, queueUrl: string, waitSeconds: number) {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      WaitTimeSeconds: waitSeconds,
      MaxNumberOfMessages: 10,
    }),
  );
  return Messages;
}

async function remove(client: SQSClient, queueUrl: string, { ReceiptHandle }: Message) {
  await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
}

wakeExam("SQS", async () => {
  const { sqs, client, queueUrl } = await startQueue();
  return {
    wake: createSqsWake({ queueUrl, region, client, log: silent }),
    async receive(waitMs) {
      const messages = await receive(client, queueUrl, waitMs / 1000);
      for (const message of messages) await remove(client, queueUrl, message);
      return messages.filter((message) => isWakeMessage(message.Body ?? "")).length;
    },
    breakDown: () => sqs.close(),
    close: () => sqs.close(),
  };
});

describe("SQS", () => {
  test("carries a message that says nothing but what it is", async () => {
    const { client, queueUrl } = await startQueue();
    await createSqsWake({ queueUrl, region, client, log: silent }).wake();
    const [message] = await receive(client, queueUrl, 5);
    expect(JSON.parse(message?.Body ?? "")).toEqual({ kind: "wake", version: 1 });
  });

  test.each([
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [900_001, 900],
    [Number.POSITIVE_INFINITY, 900],
  ])("a delay of %d ms travels as %d s: whole seconds, 15 minutes at most", async (ms, seconds) => {
    const { client, queueUrl } = await startQueue();
    const send = vi.spyOn(client, "send");
    await createSqsWake({ queueUrl, region, client, log: silent }).wake(ms);
    expect(send.mock.calls[0]?.[0].input).toMatchObject({ DelaySeconds: seconds });
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] }),
    );
    expect(Attributes).toMatchObject({ ApproximateNumberOfMessagesDelayed: "1" });
  });

  test("logs a lost wake once, with its cause", async () => {
    const { sqs, client, queueUrl } = await startQueue();
    await sqs.close();
    const warn = vi.fn();
    await createSqsWake({ queueUrl, region, client, log: { warn } }).wake();
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      { err: expect.objectContaining({ code: "ECONNREFUSED" }), delaySeconds: 0 },
      expect.stringMatching(/wake not sent/),
    );
  });

  test("is found through the environment by a client made on the first wake", async () => {
    const { sqs, client, queueUrl } = await startQueue();
    vi.stubEnv("AWS_ENDPOINT_URL_SQS", sqs.url);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    onTestFinished(() => void vi.unstubAllEnvs());
    await createSqsWake({ queueUrl, region, log: silent }).wake();
    expect(await receive(client, queueUrl, 5)).toHaveLength(1);
  });

  test("wakes again after a wake was lost", async () => {
    const { client, queueUrl } = await startQueue();
    const wake = createSqsWake({ queueUrl, region, client, log: silent });
    vi.spyOn(client, "send").mockRejectedValueOnce(new Error("lost") as never);
    await Promise.all([wake.wake(), wake.wake()]); // the first is lost, its follow-up is not
    expect(await receive(client, queueUrl, 5)).toHaveLength(1);
  });

  test.each([
    ['{"kind":"wake","version":1}', true],
    ['{"kind":"wake","version":1,"more":true}', true],
    ['{"kind":"wake","version":2}', false],
    ['{"kind":"other","version":1}', false],
    ['"wake"', false],
    ["null", false],
    ["", false],
    ["{", false],
  ])("knows a wake from %s", (body, known) => {
    expect(isWakeMessage(body)).toBe(known);
  });
});

describe("the SQS double", () => {
  test("moves a message to the dead-letter queue after maxReceiveCount", async () => {
    const { sqs, client, queueUrl } = await startQueue();
    const send = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "poison" });
    const { MessageId } = await client.send(send);
    for (let i = 0; i < 3; i++) expect(await receive(client, queueUrl, 1)).toHaveLength(1);
    expect(await receive(client, queueUrl, 0)).toEqual([]);
    const [dead] = await receive(client, sqs.queueUrl("dead"), 1);
    expect(dead).toMatchObject({ MessageId, Body: "poison" });
  });

  test("answers through the host of its own queue URL, and only on the loopback", async () => {
    const { sqs, client, queueUrl } = await startQueue();
    expect(new URL(queueUrl).origin).toBe(sqs.url);
    expect(new URL(sqs.url).hostname).toBe("127.0.0.1");
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "x" }));
    expect(() => sqs.queueUrl("nope")).toThrow("no queue nope");
  });

  test("close ends a long poll that nobody answers", async () => {
    const { sqs, client, queueUrl } = await startQueue();
    const poll = receive(client, queueUrl, 20).then(
      (messages) => messages.length,
      () => "reset",
    );
    await receive(client, sqs.queueUrl("dead"), 0); // a later question is answered: the poll hangs
    await sqs.close();
    expect([0, "reset"]).toContain(await poll);
  });
});

describe("faults of the double", () => {
  const send = (client: SQSClient, queueUrl: string, body: string) =>
    client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
  const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body).sort();

  test("a lost message is answered and never comes, and the next one is whole", async () => {
    const { sqs, client, queueUrl } = await startQueue();
    sqs.faults.lose();
    await send(client, queueUrl, "lost");
    await send(client, queueUrl, "kept");
    expect(bodies(await receive(client, queueUrl, 1))).toEqual(["kept"]);
  });

  test("a repeated message comes as often as asked, a late one after the younger", async () => {
    const { sqs, client, queueUrl } = await startQueue();
    sqs.faults.repeat(3);
    await send(client, queueUrl, "thrice");
    const copies = await receive(client, queueUrl, 1);
    expect(bodies(copies)).toEqual(["thrice", "thrice", "thrice"]);
    for (const copy of copies) await remove(client, queueUrl, copy);
    sqs.faults.delay(1);
    await send(client, queueUrl, "older");
    await send(client, queueUrl, "younger");
    const first = await receive(client, queueUrl, 1);
    expect(bodies(first)).toEqual(["younger"]);
    for (const message of first) await remove(client, queueUrl, message);
    await vi.waitFor(
      async () => expect(bodies(await receive(client, queueUrl, 1))).toEqual(["older"]),
      { timeout: 20_000 },
    );
  });
});
