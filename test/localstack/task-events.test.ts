import { SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";
import { taskEventPattern } from "#core/domain/provider/task-event-pattern.ts";
import { run, startEcsFixture } from "../contract/ecs-fixture.ts";
import { until } from "../support/until.ts";
import { type BridgeEvent, matches, putEvents, ruleTo } from "./event-bridge.ts";
import { createQueue } from "./queues.ts";
import { useDouble } from "./use-double.ts";

const CLUSTER = "arn:aws:ecs:eu-west-1:111122223333:cluster/hodei";
const TASK = "arn:aws:ecs:eu-west-1:111122223333:task/hodei/0b69d5c0d6554f1f9e6e0a4d8d1a7c55";

/**
 * An event as AWS documents it for a Fargate task:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
 */
const taskEvent = (detail: object = {}, event: object = {}): BridgeEvent => ({
  ...{ version: "0", id: "3317b2af-7005-947d-b652-f55e762e571a", account: "111122223333" },
  ...{ time: "2026-01-23T17:57:58Z", region: "eu-west-1" },
  source: "aws.ecs",
  "detail-type": "ECS Task State Change",
  resources: [TASK],
  detail: {
    attachments: [
      {
        id: "1789bcae-ddfb-4d10-8ebe-8ac87ddba5b8",
        type: "eni",
        status: "DELETED",
        details: [{ name: "subnetId", value: "subnet-abcd1234" }],
      },
    ],
    availabilityZone: "eu-west-1b",
    capacityProviderName: "FARGATE_SPOT",
    clusterArn: CLUSTER,
    connectivity: "CONNECTED",
    containers: [
      {
        containerArn: "arn:aws:ecs:eu-west-1:111122223333:container/cf159fd6-3e3f-4a9e-84f9",
        exitCode: 137,
        lastStatus: "STOPPED",
        name: "worker",
        taskArn: TASK,
        networkInterfaces: [],
        cpu: "0",
      },
    ],
    cpu: "256",
    createdAt: "2026-01-23T17:57:34.402Z",
    desiredStatus: "STOPPED",
    enableExecuteCommand: false,
    group: "family:worker",
    lastStatus: "STOPPED",
    memory: "512",
    overrides: { containerOverrides: [{ name: "worker" }] },
    platformVersion: "1.4.0",
    startedBy: "hodei/install/worker-1",
    stopCode: "SpotInterruption",
    stoppedReason: "Your Spot Task was interrupted.",
    taskArn: TASK,
    taskDefinitionArn: "arn:aws:ecs:eu-west-1:111122223333:task-definition/worker:1",
    updatedAt: "2026-01-23T17:57:58.103Z",
    version: 4,
    ...detail,
  },
  ...event,
});

describe("the rule for task events", () => {
  const endpoint = useDouble("localstack");
  const pattern = taskEventPattern(CLUSTER);

  test("lets a stopped task of its cluster through", async () => {
    expect(await matches(endpoint, pattern, taskEvent())).toBe(true);
  });

  test.each([
    ["a task that runs", taskEvent({ lastStatus: "RUNNING", desiredStatus: "RUNNING" })],
    ["a task that is told to stop", taskEvent({ lastStatus: "STOPPING" })],
    ["a task of another cluster", taskEvent({ clusterArn: `${CLUSTER}-2` })],
    ["a stranger's event", taskEvent({}, { source: "aws.ec2" })],
    ["another kind", taskEvent({}, { "detail-type": "ECS Container Instance State Change" })],
  ])("holds back %s", async (_what, event) => {
    expect(await matches(endpoint, pattern, event)).toBe(false);
  });

  test("lets through of our own double's events the last one", async () => {
    const ecs = await startEcsFixture("exit 3");
    await run(ecs);
    await until("the task has stopped", () => ecs.events.at(-1)?.detail.lastStatus === "STOPPED");
    const ours = taskEventPattern(String(ecs.events[0]?.detail.clusterArn));
    const found: boolean[] = [];
    for (const event of ecs.events) found.push(await matches(endpoint, ours, event));
    expect(found.length).toBeGreaterThan(2);
    expect(found).toEqual(found.map((_, i) => i === found.length - 1));
  });

  test("delivers to a queue, the event whole and the others not", async () => {
    const queue = await createQueue(endpoint);
    await queue.client.send(
      new SetQueueAttributesCommand({
        QueueUrl: queue.url,
        Attributes: { Policy: JSON.stringify(eventBridgeMaySend(queue.arn)) },
      }),
    );
    await ruleTo(endpoint, queue, pattern);
    const running = taskEvent({ lastStatus: "RUNNING" });
    await putEvents(endpoint, [running, taskEvent()]);
    const [message, ...more] = await queue.receive(10);
    const { source, "detail-type": kind, resources, detail } = taskEvent();
    expect(JSON.parse(message?.Body ?? "")).toMatchObject({
      ...{ source, resources, detail },
      "detail-type": kind,
    });
    expect([...more, ...(await queue.receive(0))]).toEqual([]);
  });
});

const eventBridgeMaySend = (queueArn: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: queueArn,
    },
  ],
});
