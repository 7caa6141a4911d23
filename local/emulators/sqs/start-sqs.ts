import { createHash, randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { buildApp } from "fauxqs";
import { pendingSqsFaults, type SqsFaults } from "./faults.ts";

export interface SqsQueueOptions {
  readonly visibilityTimeoutSeconds?: number;
  /** After `maxReceiveCount` receives a message goes to the queue of this name. */
  readonly deadLetter?: { readonly queue: string; readonly maxReceiveCount: number };
}

export interface SqsOptions {
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly region?: string;
  /** By name; a dead-letter queue is one of them. */
  readonly queues: Readonly<Record<string, SqsQueueOptions>>;
}

export interface SqsEmulator {
  /** Endpoint for the SDK, `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  readonly faults: SqsFaults;
  /** The QueueUrl of a declared queue; throws for any other name. */
  queueUrl(name: string): string;
  /** Ends long polls and the server; messages are gone. */
  close(): Promise<void>;
}

const ACCOUNT = "000000000000"; // fauxqs knows no other
const AWS_JSON = "application/x-amz-json-1.0";

/**
 * SQS on 127.0.0.1, in this process and in memory: the package fauxqs, with two things put right.
 * Its own `startFauxqs` listens on every interface, and its queue URLs name a host
 * (`sqs.<region>.localhost`) that many resolvers do not know, while the SDK sends to the host of
 * the QueueUrl. So the server is built here, and a QueueUrl of ours is translated on its way in.
 */
export async function startSqs(options: SqsOptions): Promise<SqsEmulator> {
  const { port = 0, region = "us-east-1", queues } = options;
  const app = buildApp({ logger: false, defaultRegion: region });
  const innerUrls = new Map<string, string>();
  const faults = pendingSqsFaults();
  app.addHook("preHandler", async (request, reply) => {
    const body = request.body as SendBody | null;
    const inner = innerUrls.get(body?.QueueUrl?.split("/").at(-1) ?? "");
    if (body && inner) body.QueueUrl = inner;
    const { "x-amz-target": target, [COPY]: isCopy } = request.headers;
    if (!body || target !== SEND || isCopy !== undefined) return;
    const { lost, copies, delaySeconds } = faults.take();
    if (lost) return reply.type(AWS_JSON).send(takenFor(body));
    if (delaySeconds > 0) body.DelaySeconds = delaySeconds;
    for (let n = 1; n < copies; n++) await sendCopy(app, body);
  });
  await app.listen({ port, host: "127.0.0.1" });
  for (const [name, queue] of Object.entries(queues)) {
    innerUrls.set(name, await createQueue(app, name, attributesOf(queue, region)));
  }
  const address = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    port: address.port,
    faults: faults.controls,
    queueUrl(name) {
      if (!innerUrls.has(name)) throw new Error(`no queue ${name}`);
      return `${url}/${ACCOUNT}/${name}`;
    },
    close: () => app.close(),
  };
}

type App = ReturnType<typeof buildApp>;

const SEND = "AmazonSQS.SendMessage";
const COPY = "x-fault-copy";

interface SendBody {
  QueueUrl?: string;
  MessageBody?: string;
  DelaySeconds?: number;
}

/** The answer to a message that never came: the SDK compares the digest. */
const takenFor = ({ MessageBody = "" }: SendBody) => ({
  MessageId: randomUUID(),
  MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
});

const sendCopy = (app: App, body: SendBody) =>
  app.inject({
    method: "POST",
    url: "/",
    headers: { "content-type": AWS_JSON, "x-amz-target": SEND, [COPY]: "1" },
    payload: JSON.stringify(body),
  });

async function createQueue(
  app: App,
  name: string,
  attributes: Readonly<Record<string, string>>,
): Promise<string> {
  const answer = await app.inject({
    method: "POST",
    url: "/",
    headers: { "content-type": AWS_JSON, "x-amz-target": "AmazonSQS.CreateQueue" },
    payload: JSON.stringify({ QueueName: name, Attributes: attributes }),
  });
  if (answer.statusCode !== 200) throw new Error(`queue ${name}: ${answer.body}`);
  return answer.json<{ QueueUrl: string }>().QueueUrl;
}

function attributesOf(queue: SqsQueueOptions, region: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  if (queue.visibilityTimeoutSeconds !== undefined) {
    attributes.VisibilityTimeout = String(queue.visibilityTimeoutSeconds);
  }
  if (queue.deadLetter) {
    attributes.RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: `arn:aws:sqs:${region}:${ACCOUNT}:${queue.deadLetter.queue}`,
      maxReceiveCount: queue.deadLetter.maxReceiveCount,
    });
  }
  return attributes;
}
