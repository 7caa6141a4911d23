import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import type { EventPattern } from "#core/domain/provider/task-event-pattern.ts";
import type { Queue } from "./queues.ts";
import { REGION } from "./use-double.ts";

/** An event as EventBridge hands it to a target. */
export interface BridgeEvent {
  readonly source: string;
  readonly "detail-type": string;
  readonly resources: readonly string[];
  readonly detail: object;
}

/** One operation of EventBridge by its wire (JSON 1.1): the product has no client for it. */
async function call<T>(endpoint: string, operation: string, input: object): Promise<T> {
  const credential = `test/20260101/${REGION}/events/aws4_request`;
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSEvents.${operation}`,
    },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** Whether a rule with this pattern lets this event through, by EventBridge's own test. */
export async function matches(
  endpoint: string,
  pattern: EventPattern,
  event: object,
): Promise<boolean> {
  const input = { EventPattern: JSON.stringify(pattern), Event: JSON.stringify(event) };
  return (await call<{ Result: boolean }>(endpoint, "TestEventPattern", input)).Result;
}

/** A rule on the default bus that delivers to this queue; gone with the test. */
export async function ruleTo(endpoint: string, queue: Queue, pattern: EventPattern): Promise<void> {
  const Name = `hodei-${randomUUID()}`;
  await call(endpoint, "PutRule", { Name, EventPattern: JSON.stringify(pattern) });
  await call(endpoint, "PutTargets", { Rule: Name, Targets: [{ Id: "queue", Arn: queue.arn }] });
  onTestFinished(async () => {
    await call(endpoint, "RemoveTargets", { Rule: Name, Ids: ["queue"] });
    await call(endpoint, "DeleteRule", { Name });
  });
}

/** Puts events on the default bus. AWS lets nobody else speak as `aws.ecs`; the doubles do. */
export async function putEvents(endpoint: string, events: readonly BridgeEvent[]): Promise<void> {
  const Entries = events.map(({ source, resources, detail, ...event }) => ({
    Source: source,
    DetailType: event["detail-type"],
    Resources: resources,
    Detail: JSON.stringify(detail),
  }));
  const answer = await call<{ FailedEntryCount: number }>(endpoint, "PutEvents", { Entries });
  if (answer.FailedEntryCount > 0) throw new Error(JSON.stringify(answer));
}
