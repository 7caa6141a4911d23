import { randomUUID } from "node:crypto";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { onTestFinished } from "vitest";
import { clientOf } from "./use-double.ts";

export interface Queue {
  readonly client: SQSClient;
  readonly url: string;
  readonly arn: string;
  /** One long poll: ends with the first message, or after `waitSeconds`. */
  receive(waitSeconds: number): Promise<Message[]>;
  remove(message: Message): Promise<void>;
  delete(): Promise<void>;
}

/** A queue of this test alone; gone with it. */
export async function createQueue(
  endpoint: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<Queue> {
  const client = new SQSClient(clientOf(endpoint));
  const name = `hodei-${randomUUID()}`;
  const create = new CreateQueueCommand({ QueueName: name, Attributes: { ...attributes } });
  const { QueueUrl: url = "" } = await client.send(create);
  onTestFinished(async () => {
    await client.send(new DeleteQueueCommand({ QueueUrl: url })).catch(() => {}); // gone already
    client.destroy();
  });
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] }),
  );
  return {
    client,
    url,
    arn: Attributes?.QueueArn ?? "",
    receive: async (waitSeconds) => {
      const answer = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          WaitTimeSeconds: waitSeconds,
          MaxNumberOfMessages: 10,
        }),
      );
      return answer.Messages ?? [];
    },
    remove: async ({ ReceiptHandle }) => {
      await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    },
    delete: async () => {
      await client.send(new DeleteQueueCommand({ QueueUrl: url }));
    },
  };
}

/** A queue whose messages go to `dead` after so many receives, as the wake queue's do. */
export async function createQueuePair(
  endpoint: string,
  { visibilitySeconds, receivesMax }: { visibilitySeconds: number; receivesMax: number },
): Promise<{ queue: Queue; dead: Queue }> {
  const dead = await createQueue(endpoint);
  const redrive = { deadLetterTargetArn: dead.arn, maxReceiveCount: receivesMax };
  const queue = await createQueue(endpoint, {
    VisibilityTimeout: String(visibilitySeconds),
    RedrivePolicy: JSON.stringify(redrive),
  });
  return { queue, dead };
}
