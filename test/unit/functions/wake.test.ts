import type { SQSEvent, SQSRecord } from "aws-lambda";
import { expect, test } from "vitest";
import { handler } from "../../../functions/consumers/wake.ts";

const record = (messageId: string, body: string): SQSRecord => ({
  messageId,
  receiptHandle: messageId,
  body,
  attributes: {
    ApproximateReceiveCount: "1",
    SentTimestamp: "0",
    SenderId: "",
    ApproximateFirstReceiveTimestamp: "0",
  },
  messageAttributes: {},
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:hodei-wake",
  awsRegion: "eu-west-1",
});
const event = (...bodies: string[]): SQSEvent => ({
  Records: bodies.map((body, i) => record(`m${i}`, body)),
});

test.each([
  "",
  "not json",
  "null",
  "[]",
  '{"kind":"wake"}',
  '{"kind":"wake","version":2}',
  '{"kind":"other","version":1}',
])("a body that is not ours is reported as failed and nothing is looked at: %s", async (body) => {
  // Nothing is configured here: a look would fail for want of a database.
  expect(await handler(event(body))).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }] });
});

test("a wake that cannot be served fails as a whole, so that the queue brings it back", async () => {
  await expect(handler(event('{"kind":"wake","version":1}'))).rejects.toThrow(
    /HODEI_DB_RESOURCE_ARN/,
  );
});
