/**
 * API → queue → consumer → ECS and back, with the handlers that are deployed and nobody of ours
 * behind their SDKs but the Data API, which no free double serves.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeyValuePair } from "@aws-sdk/client-ecs";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import pg from "pg";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createEcsProvider } from "#adapters/providers/ecs/provider.ts";
import { taskEventPattern } from "#core/domain/provider/task-event-pattern.ts";
import { startDataApi } from "#local/emulators/data-api/start-data-api.ts";
import { startApiGateway } from "#local/functions-host/api-gateway.ts";
import { startEventSource } from "#local/functions-host/event-source.ts";
import { keptApiKey } from "#local/kept-api-key.ts";
import { LOCAL_PROFILES } from "#local/options.ts";
import { createDatabase } from "../support/database.ts";
import { until } from "../support/until.ts";
import { createEcsWorld, type EcsWorld } from "./ecs-world.ts";
import { putEvents, ruleTo } from "./event-bridge.ts";
import { createQueue, createQueuePair, type Queue } from "./queues.ts";
import { CREDENTIALS, REGION, useDouble } from "./use-double.ts";

const GATEWAY_URL = "http://gateway.invalid:50051";
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

describe("with LocalStack's SQS and EventBridge and moto's ECS", () => {
  const localstack = useDouble("localstack");
  const moto = useDouble("moto");

  test("a submitted run becomes a task, and the end of that task reaches its worker", async () => {
    const databaseUrl = await ownDatabase();
    const ecs = await createEcsWorld(moto);
    const wakes = await createQueuePair(localstack, { visibilitySeconds: 120, receivesMax: 5 });
    await deploy(databaseUrl, ecs, wakes.queue, { localstack, moto });

    const run = await submit(databaseUrl);
    expect(run.status).toBe(201);
    const provider = createEcsProvider(ecs.config, ecs.client);
    await until("there is a task", async () => (await provider.list()).length > 0);
    const [machine, ...more] = await provider.list();
    expect(more).toEqual([]);
    const [worker] = await workers(databaseUrl);
    expect(machine).toMatchObject({ externalId: worker?.machine, workerId: worker?.id });
    await expectLaunch(ecs, machine?.externalId ?? "", worker?.id ?? "");
    await expectNothingLeft(wakes.queue);

    await listenToTaskEvents(localstack, ecs.clusterArn);
    await provider.stop(machine?.externalId ?? "", "the test says so");
    await putEvents(localstack, [await stoppedEvent(ecs, machine?.externalId ?? "")]);
    await until("the worker has ended", async () => {
      const rows = await workers(databaseUrl);
      return rows.find(({ id }) => id === worker?.id)?.phase === "Terminated";
    });
    await until("the run gets another machine", async () => (await provider.list()).length > 0);
  });
});

async function ownDatabase(): Promise<string> {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  return database.url;
}

/** What a deployed stage sets; the SDKs find the doubles by their own variables. */
async function deploy(
  databaseUrl: string,
  { config }: EcsWorld,
  wakeQueue: Queue,
  { localstack, moto }: { localstack: string; moto: string },
): Promise<void> {
  const dataApi = await startDataApi({ databaseUrl });
  onTestFinished(() => dataApi.close());
  const keys = { currentId: "k", keys: { k: Buffer.alloc(32, 7).toString("base64url") } };
  const variables = {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL_SQS: localstack,
    AWS_ENDPOINT_URL_ECS: moto,
    AWS_ENDPOINT_URL_RDS_DATA: dataApi.url,
    HODEI_DB_RESOURCE_ARN: dataApi.resourceArn,
    HODEI_DB_SECRET_ARN: dataApi.secretArn,
    HODEI_DB_NAME: dataApi.database,
    HODEI_WAKE_QUEUE_URL: wakeQueue.url,
    HODEI_PROFILES: JSON.stringify(LOCAL_PROFILES),
    HODEI_LOG_LEVEL: "silent",
    POWERTOOLS_METRICS_DISABLED: "true",
    HODEI_ECS_CLUSTER: config.cluster,
    HODEI_ECS_TASK_DEFINITION: config.taskDefinition,
    HODEI_ECS_SUBNETS: config.subnets.join(","),
    HODEI_ECS_SECURITY_GROUPS: config.securityGroups.join(","),
    HODEI_BOOTSTRAP_KEYS: JSON.stringify(keys),
    HODEI_GATEWAY_URL: GATEWAY_URL,
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { handler } = await import("../../functions/consumers/wake.ts");
  const source = startEventSource(handler, wakeQueue.url, silent);
  onTestFinished(() => source.close());
}

async function submit(databaseUrl: string): Promise<Response> {
  const directory = mkdtempSync(join(tmpdir(), "hodei-key-"));
  const key = await keptApiKey(join(directory, "key"), databaseUrl, silent);
  rmSync(directory, { recursive: true, force: true });
  const { handler } = await import("../../functions/http/handler.ts");
  const front = await startApiGateway(handler, 0, silent);
  onTestFinished(() => front.close());
  return fetch(`http://127.0.0.1:${front.port}/v1/runs`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ command: ["true"] }),
  });
}

interface WorkerRow {
  readonly id: string;
  readonly phase: string;
  readonly machine: string | null;
}

async function workers(databaseUrl: string): Promise<WorkerRow[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const text = "select id, phase, external_id as machine from hodei.worker order by id";
  return (await client.query<WorkerRow>(text).finally(() => client.end())).rows;
}

async function expectLaunch(ecs: EcsWorld, arn: string, workerId: string): Promise<void> {
  const task = await ecs.task(arn);
  const [container] = task?.overrides?.containerOverrides ?? [];
  const environment = Object.fromEntries(
    (container?.environment ?? []).map(({ name, value }: KeyValuePair) => [name, value]),
  );
  expect(container?.name).toBe("worker");
  expect(environment).toMatchObject({
    HODEI_SERVER_ADDRESS: GATEWAY_URL,
    HODEI_WORKER_ID: workerId,
    HODEI_TOKEN: expect.stringMatching(/\w{20}/),
  });
  expect(environment.HODEI_OTP_TOKEN).toBe(environment.HODEI_TOKEN);
  expect(task?.overrides).toMatchObject({ cpu: expect.any(String), memory: expect.any(String) });
  expect(task?.startedBy).toMatch(new RegExp(`^hodei/[^/]+/${workerId}$`));
}

/** The consumer deleted what it served: nothing waits and nothing is out for a second try. */
async function expectNothingLeft({ client, url }: Queue): Promise<void> {
  const counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
  await until("the queue is empty", async () => {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...counts] }),
    );
    return counts.every((count) => Attributes?.[count] === "0");
  });
}

/** On AWS the rule's target is the function; here a queue stands between. */
async function listenToTaskEvents(localstack: string, clusterArn: string): Promise<void> {
  const events = await createQueue(localstack);
  await ruleTo(localstack, events, taskEventPattern(clusterArn));
  const { handler } = await import("../../functions/consumers/ecs-task-changed.ts");
  const source = startEventSource(
    async ({ Records }) => {
      for (const { body } of Records) await handler(JSON.parse(body));
      return { batchItemFailures: [] };
    },
    events.url,
    silent,
  );
  onTestFinished(() => source.close());
}

/** moto sends no events: this one is made of what it shows. */
async function stoppedEvent(ecs: EcsWorld, arn: string) {
  const task = await ecs.task(arn);
  return {
    source: "aws.ecs",
    "detail-type": "ECS Task State Change",
    resources: [arn],
    detail: { ...task },
  };
}
