import { randomUUID } from "node:crypto";
import { credentials } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import type { SqlClient, SqlParameters, Statement } from "#adapters/store/sql-client.ts";
import { SqlError } from "#adapters/store/sql-client.ts";
import { limits } from "#core/domain/limits.ts";
import {
  type DeepPartial,
  JobDefinition,
  JobExecutionServiceClient,
  type QueueJobRequest,
  type QueueJobResponse,
  type QueueJobsResponse,
} from "#proto/hodei.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { statusOf, unary } from "../../support/scripted-worker.ts";

type Job = DeepPartial<JobDefinition>;

/** What goes to the database by `insert-runs`: the ids of each statement. A test may refuse some. */
function watchInserts(refuse: (ids: readonly string[]) => Error | null = () => null) {
  const statements: string[][] = [];
  const notified: unknown[] = [];
  const wrapSql = (sql: SqlClient): SqlClient => ({
    close: () => sql.close(),
    query: async <T>(statement: Statement, parameters?: SqlParameters) => {
      if (statement.name === "insert-runs") {
        const ids = (JSON.parse(String(parameters?.doc)) as { id: string }[]).map(({ id }) => id);
        statements.push(ids);
        notified.push(parameters?.notify);
        const refusal = refuse(ids);
        if (refusal) throw refusal;
      }
      return sql.query<T>(statement, parameters);
    },
  });
  return { statements, notified, wrapSql };
}

function client(gateway: GatewayFixture) {
  const address = `127.0.0.1:${gateway.port}`;
  const jobs = new JobExecutionServiceClient(address, credentials.createInsecure());
  onTestFinished(() => jobs.close());
  const request = (job: Job | null): QueueJobRequest => ({
    jobDefinition: job === null ? undefined : JobDefinition.fromPartial(job as JobDefinition),
    queuedBy: "tester",
  });
  return {
    queue: (job: Job) =>
      unary<QueueJobResponse>((callback) => jobs.queueJob(request(job), callback)),
    queueMany: (many: readonly (Job | null)[]) =>
      unary<QueueJobsResponse>((callback) => {
        jobs.queueJobs({ jobs: many.map(request) }, callback);
      }),
  };
}

const countRuns = async (gateway: GatewayFixture) =>
  (await gateway.query("select count(*)::int as runs from hodei.run"))[0]?.runs;

const named = (value: string, command = "true"): Job => ({ jobId: { value }, command });
const idsOf = (answers: readonly QueueJobResponse[]) => answers.map(({ jobId }) => jobId?.value);

test("calls at once share statements, and each is answered its own run", async () => {
  const { statements, notified, wrapSql } = watchInserts();
  const gateway = await startGateway({ wrapSql });
  const { queue } = client(gateway);
  const ids = Array.from({ length: 60 }, () => randomUUID());
  const answers = await Promise.all(ids.map((id) => queue(named(id))));
  expect(idsOf(answers)).toEqual(ids);
  expect(await countRuns(gateway)).toBe(60);
  expect(statements.length).toBeLessThan(ids.length);
  expect(statements.flat().sort()).toEqual([...ids].sort());
  expect(new Set(notified)).toEqual(new Set([false]));
  expect(gateway.wakes.length).toBeLessThan(ids.length); // asked for by the look, not by each submit
});

test("one id at once is one run for one body, and refused for another", async () => {
  const gateway = await startGateway();
  const { queue } = client(gateway);
  const id = randomUUID();
  const same = await Promise.all(Array.from({ length: 20 }, () => queue(named(id))));
  expect(new Set(idsOf(same))).toEqual(new Set([id]));
  const other = randomUUID();
  const outcomes = await Promise.all(
    ["true", "false"].map((command) => statusOf(queue(named(other, command)))),
  );
  expect(outcomes.filter((status) => status === "ALREADY_EXISTS")).toHaveLength(1);
  expect(await countRuns(gateway)).toBe(2);
});

test("one submit that the database refuses fails alone, whoever it was sent with", async () => {
  const bad = randomUUID();
  const refused = () => new SqlError("constraint", "refused", { constraint: "some_guard" });
  const { wrapSql } = watchInserts((ids) => (ids.includes(bad) ? refused() : null));
  const gateway = await startGateway({ wrapSql });
  const { queue } = client(gateway);
  const ids = [...Array.from({ length: 10 }, () => randomUUID()), bad];
  const answers = await Promise.allSettled(ids.map((id) => queue(named(id))));
  expect(answers.map(({ status }) => status)).toEqual([
    ...Array.from({ length: 10 }, () => "fulfilled"),
    "rejected",
  ]);
  expect(await countRuns(gateway)).toBe(10);
});

test("a run queued here goes to an idle worker here, without a notification", async () => {
  const gateway = await startGateway();
  const { queue } = client(gateway);
  const worker = await gateway.readyWorker();
  const answer = await queue({ command: "true" });
  expect((await worker.control.command()).jobId).toBe(answer.jobId?.value);
  expect(gateway.wakes).toEqual([]);
});

test("many jobs in one call are one statement, answered in order", async () => {
  const { statements, notified, wrapSql } = watchInserts();
  const gateway = await startGateway({ wrapSql });
  const { queueMany } = client(gateway);
  const many = Array.from({ length: 200 }, (_, n) => ({ name: `job-${n}`, command: "true" }));
  const { jobs } = await queueMany(many);
  expect(statements).toEqual([jobs.map(({ jobId }) => jobId?.value)]);
  expect(notified).toEqual([false]);
  expect(jobs.every(({ created, errorCode }) => created && errorCode === "")).toBe(true);
  const last = await gateway.run(jobs.at(-1)?.jobId?.value ?? "");
  expect(last).toMatchObject({ name: "job-199", submittedBy: "tester", phase: "Pending" });
});

test("each of many jobs is answered as it would be alone", async () => {
  const gateway = await startGateway();
  const { queue, queueMany } = client(gateway);
  const [known, twice] = [randomUUID(), randomUUID()];
  await queue(named(known));
  const { jobs } = await queueMany([
    named(known),
    named(known.toUpperCase(), "false"),
    named(twice),
    { command: "true" },
    named(twice),
    named(twice, "false"),
  ]);
  const fresh = jobs[3]?.jobId?.value;
  expect(jobs.map(({ jobId, created }) => [jobId?.value, created])).toEqual([
    [known, false],
    [undefined, false],
    [twice, true],
    [fresh, true],
    [twice, false],
    [undefined, false],
  ]);
  expect([jobs[1], jobs[5]].map((job) => job?.errorCode)).toEqual([
    ...["IdempotencyConflict", "IdempotencyConflict"],
  ]);
  expect(jobs[1]?.errorMessage).toContain(known);
  expect(await countRuns(gateway)).toBe(3);
});

test("one bad job of many refuses all of them by its path", async () => {
  const gateway = await startGateway();
  const { queueMany } = client(gateway);
  const fine = { command: "true" };
  const bad: [readonly (Job | null)[], number, string][] = [
    [[fine, null], 3, "jobs[1].job_definition"],
    [[fine, fine, {}], 3, "jobs[2].command"],
    [[{ command: "true", jobId: { value: "x" } }], 3, "jobs[0].job_definition.job_id"],
    [[fine, { command: "true", requirements: { gpuCount: 1 } }], 3, "jobs[1].requirements.gpu"],
    [[fine, { command: "true", requirements: { cpuCores: 900 } }], 9, "jobs[1].resources"],
    [[], 3, "jobs"],
    [Array.from({ length: limits.bulkRunsMax + 1 }, () => fine), 3, "jobs"],
  ];
  for (const [many, code, path] of bad) {
    const error = await queueMany(many).catch((refused) => refused);
    expect({ path, code: error.code, details: error.details }).toMatchObject({
      code,
      details: expect.stringContaining(path),
    });
  }
  expect(await countRuns(gateway)).toBe(0);
});
