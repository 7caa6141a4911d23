import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isFinal } from "#core/domain/spec/api.ts";
import { EAGER_PROFILES, type LocalMode, startLocalMode } from "../support/local-mode.ts";
import { until } from "../support/until.ts";

let local: LocalMode;
beforeAll(async () => {
  local = await startLocalMode({ profiles: EAGER_PROFILES });
});
afterAll(() => local.end());

const submit = async (input: object) => (await local.api.submit(input, randomUUID())).run.id;
const untilFinal = (id: string) =>
  until(`run ${id} is final`, async () => isFinal((await local.api.run(id)).phase), 60_000);

async function finish(input: object) {
  const id = await submit(input);
  await untilFinal(id);
  return local.api.run(id);
}

test("no capacity is a visible condition, costs no attempt, and passes", async () => {
  local.ecs.faults.failures("RESOURCE:MEMORY", 2);
  const id = await submit({ command: ["true"] });
  await until("the reason is shown", async () => {
    const { reason, message } = await local.api.run(id);
    return reason === "LaunchFailed" && (message ?? "").includes("RESOURCE:MEMORY");
  });
  await untilFinal(id);
  expect(await local.api.run(id)).toMatchObject({ phase: "Succeeded", attempts: 1 });
});

test("a launch whose answer is lost, throttled or refused for a moment makes one machine", async () => {
  await local.untilNoMachine();
  local.ecs.faults.loseAnswer(1);
  local.ecs.faults.throttle(2);
  local.ecs.faults.serverError(2);
  expect(await finish({ command: ["true"] })).toMatchObject({ phase: "Succeeded", attempts: 1 });
  const machines = await local.rows<{ workers: number; machines: number }>(
    `select count(*)::int as workers, count(distinct external_id)::int as machines
     from hodei.worker where external_id is not null`,
  );
  expect(machines[0]?.machines).toBe(machines[0]?.workers);
});

test("a machine that dies before it registers is replaced, free of charge", async () => {
  await local.untilNoMachine();
  local.ecs.faults.dieBeforeRegister(1);
  expect(await finish({ command: ["true"] })).toMatchObject({ phase: "Succeeded", attempts: 1 });
});

test("a Spot interruption of a running attempt is not charged to the run", async () => {
  const id = await submit({
    shell: "test $HODEI_ATTEMPT -gt 1 || sleep 60",
    terminationGracePeriodSeconds: 1,
  });
  await until("it runs", async () => (await local.api.run(id)).phase === "Running");
  const { workerId } = await local.api.run(id);
  const [worker] = await local.rows<{ external_id: string }>(
    "select external_id from hodei.worker where id = $1",
    [workerId],
  );
  local.ecs.faults.interrupt(worker?.external_id ?? "");
  await untilFinal(id);
  expect(await local.api.run(id)).toMatchObject({ phase: "Succeeded", attempts: 2 });
});

test("lost task events cost at most a tick", async () => {
  local.ecs.faults.loseEvents(10);
  const id = await submit({ shell: "test $HODEI_ATTEMPT -gt 1 || sleep 60" });
  await until("it runs", async () => (await local.api.run(id)).phase === "Running");
  process.kill(local.pidOf((await local.api.run(id)).workerId ?? ""), "SIGKILL");
  await untilFinal(id);
  expect(await local.api.run(id)).toMatchObject({ phase: "Succeeded", attempts: 2 });
});

test("a database that wakes slowly, and answers lost after the commit, store every run once", async () => {
  local.dataApi.faults.resuming(3);
  expect(await finish({ command: ["true"] })).toMatchObject({ phase: "Succeeded" });
  const before = await count();
  local.dataApi.faults.failAfterCommit(2, 503);
  local.dataApi.faults.cutAfterCommit(2);
  const ids = await Promise.all(Array.from({ length: 4 }, () => submit({ command: ["true"] })));
  await Promise.all(ids.map(untilFinal));
  expect(await count()).toBe(before + 4);
});

test("a job that ends its own worker is bounded by the infrastructure budget, and spoils no other", async () => {
  const suicide = submit({
    shell: "kill -TERM $PPID; sleep 30",
    infrastructureLimit: 1,
    terminationGracePeriodSeconds: 1,
  });
  const others = await Promise.all(Array.from({ length: 6 }, () => submit({ command: ["true"] })));
  await untilFinal(await suicide);
  expect(await local.api.run(await suicide)).toMatchObject({
    phase: "Failed",
    reason: "InfrastructureFailure",
    attempts: 2,
  });
  await Promise.all(others.map(untilFinal));
  const runs = await Promise.all(others.map((id) => local.api.run(id)));
  expect(runs.map(({ phase, attempts }) => `${phase} ${attempts}`)).toEqual(
    Array(6).fill("Succeeded 1"),
  );
});

test("the API of local mode answers no other host name and no other origin", async () => {
  const { port } = new URL(local.url);
  const get = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      request({ port, host: "127.0.0.1", path: "/healthz", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
  expect(await get({ host: `127.0.0.1:${port}` })).toBe(200);
  expect(await get({ host: `evil.example:${port}` })).toBe(403);
  expect(await get({ host: `127.0.0.1:${port}`, origin: "http://evil.example" })).toBe(403);
});

test("the fake ECS starts nothing for a stranger", async () => {
  const response = await fetch(local.ecs.url, {
    method: "POST",
    headers: { "x-amz-target": "AmazonEC2ContainerServiceV20141113.ListTasks" },
    body: "{}",
  });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("UnrecognizedClientException");
});

test("messages in the wake queue that are not ours end in the dead-letter queue, and harm nothing", async () => {
  const body = new URLSearchParams();
  await fetch(local.sqs.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "AmazonSQS.SendMessage",
    },
    body: JSON.stringify({
      QueueUrl: local.sqs.queueUrl("hodei-wake"),
      MessageBody: `not a wake ${body}`,
    }),
  });
  expect(await finish({ command: ["true"] })).toMatchObject({ phase: "Succeeded" });
});

test("nothing is left: no machine, no open attempt, no violated invariant", async () => {
  await local.untilNoMachine();
  const open = await local.rows("select 1 from hodei.attempt where ended_at is null");
  expect(open).toEqual([]);
  expect(await local.violations()).toEqual([]);
});

const count = async () => {
  const [row] = await local.rows<{ n: number }>("select count(*)::int as n from hodei.run");
  return row?.n ?? 0;
};
