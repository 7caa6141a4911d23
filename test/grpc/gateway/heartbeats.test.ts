import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { SqlError } from "#adapters/store/sql-client.ts";
import { startGateway } from "../../support/gateway-fixture.ts";
import { until } from "../../support/until.ts";

const LEASE_LEFT =
  "select extract(epoch from lease_expires_at - hodei.clock()) * 1000 as ms from hodei.worker where id = $1";

test("a heartbeat extends the lease and stamps the attempts it names", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  await gateway.submit();
  const command = await worker.control.take();
  await gateway.query("update hodei.worker set lease_expires_at = hodei.clock() + interval '1 s'");
  await gateway.query("update hodei.attempt set reported_at = hodei.clock() - interval '1 h'");
  await worker.control.beatUntilAnswered([command]);
  const [lease] = await gateway.query(LEASE_LEFT, [worker.workerId]);
  expect(Number(lease?.ms)).toBeGreaterThan(40_000);
  const [attempt] = await gateway.query(
    "select extract(epoch from hodei.clock() - reported_at) as s from hodei.attempt",
  );
  expect(Number(attempt?.s)).toBeLessThan(30);
});

test("an attempt that is not named is not stamped", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  await gateway.submit();
  const command = await worker.control.take();
  await gateway.query("update hodei.attempt set reported_at = hodei.clock() - interval '1 h'");
  await worker.control.beatUntilAnswered([{ ...command, fence: 7 }]);
  const [attempt] = await gateway.query(
    "select extract(epoch from hodei.clock() - reported_at) as s from hodei.attempt",
  );
  expect(Number(attempt?.s)).toBeGreaterThan(3_500);
});

test("executions that are not the worker's own any more are told as lost", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  await gateway.submit();
  const command = await worker.control.take();
  const invented = { executionId: randomUUID(), fence: 1 };
  const oldFence = { ...command, fence: 0 };
  const answer = await worker.control.beatUntilAnswered([
    command,
    invented,
    { executionId: "no uuid", fence: 1 },
  ]);
  expect(answer).toMatchObject({ value: { lostExecutionIds: [invented.executionId] } });
  expect(await worker.control.beatUntilAnswered([oldFence])).toMatchObject({
    value: { lostExecutionIds: [command.executionId] },
  });
});

test("every heartbeat gets an answer of its own, also when many are written at once", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const before = worker.control.answers.length;
  for (let n = 0; n < 5; n += 1) worker.control.beat();
  await until("five answers", () => worker.control.answers.length === before + 5);
});

test("heartbeats that the database could not take are answered when it can", async () => {
  let down = false;
  const gateway = await startGateway({
    wrapSql: (sql) => ({
      query: (statement, parameters) =>
        down && statement.name === "beat-workers"
          ? Promise.reject(new SqlError("unavailable", "connection refused"))
          : sql.query(statement, parameters),
      close: () => sql.close(),
    }),
  });
  const worker = await gateway.readyWorker();
  const before = worker.control.answers.length;
  down = true;
  worker.control.beat();
  worker.control.beat();
  await until(
    "three failed writes",
    () => gateway.logLines.filter((line) => line.includes("a pass failed")).length >= 3,
  );
  expect(worker.control.answers).toHaveLength(before);
  down = false;
  await until("both are answered", () => worker.control.answers.length === before + 2);
  expect(worker.control.ended).toBeNull();
});

test("heartbeats of many workers are written by one statement", async () => {
  const written: number[] = [];
  const gateway = await startGateway({
    wrapSql: (sql) => ({
      query: (statement, parameters) => {
        if (statement.name === "beat-workers")
          written.push(JSON.parse(String(parameters?.doc)).length);
        return sql.query(statement, parameters);
      },
      close: () => sql.close(),
    }),
  });
  const workers = await Promise.all(Array.from({ length: 8 }, () => gateway.readyWorker()));
  written.length = 0;
  await Promise.all(workers.map((worker) => worker.control.beatUntilAnswered()));
  expect(written.reduce((sum, count) => sum + count)).toBe(8);
  expect(written.length).toBeLessThan(8);
});

test("the lease of a worker that says nothing runs out although its stream is open", async () => {
  const gateway = await startGateway({
    timings: { heartbeatPeriodMs: 100, leaseMs: 400 },
  });
  const worker = await gateway.readyWorker();
  await until("the lease is over", async () => {
    const [lease] = await gateway.query(LEASE_LEFT, [worker.workerId]);
    return Number(lease?.ms) < 0;
  });
  const runId = await gateway.submit();
  await until("nobody takes the run", () => gateway.wakes.length > 1);
  expect((await gateway.run(runId)).phase).toBe("Pending");
  await worker.control.beatUntilAnswered();
  gateway.hub.placing.poke();
  expect((await worker.control.command()).jobId).toBe(runId);
});
