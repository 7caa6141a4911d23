import { randomUUID } from "node:crypto";
import { credentials, type Metadata, type ServiceError } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import { ExecutionState, type JobExecution, JobExecutionServiceClient } from "#proto/hodei.ts";
import { DEPRECATED_UNTIL } from "../../../gateway/deprecated.ts";
import { readDocument } from "../../support/documents.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { statusOf } from "../../support/scripted-worker.ts";

type Body = Record<string, unknown>;

/** The calls as an older client makes them, each with its trailing metadata. */
function jobs(gateway: GatewayFixture) {
  const address = `127.0.0.1:${gateway.port}`;
  const client = new JobExecutionServiceClient(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  const trailers: Metadata[] = [];
  const call = (method: Method, request: Body): Promise<Body> =>
    new Promise((resolve, reject) => {
      const started = (client[method] as unknown as Call).call(client, request, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
      started.on("status", ({ metadata }) => trailers.push(metadata));
    });
  const id = (value: string) => ({ value });
  return {
    ...{ client, trailers, call },
    assign: async (runId: string, workerId: string = randomUUID()) => {
      const answer = await call("assignJob", { jobId: id(runId), workerId: id(workerId) });
      return (answer.executionId as { value: string }).value;
    },
    start: (executionId: string) => call("startJob", { executionId: id(executionId) }),
    complete: (executionId: string, exitCode = "0", output = "", errorOutput = "") =>
      call("completeJob", { executionId: id(executionId), exitCode, output, errorOutput }),
    fail: (executionId: string, errorType = "", errorMessage = "") =>
      call("failJob", {
        executionId: id(executionId),
        ...{ errorType, errorMessage, retryable: true },
      }),
    progress: (executionId: string, progressPercentage: number, currentStage = "", message = "") =>
      call("updateProgress", {
        executionId: id(executionId),
        ...{ progressPercentage, currentStage, message },
      }),
  };
}
type Method = "assignJob" | "startJob" | "completeJob" | "failJob" | "updateProgress" | "listJobs";
type Call = (
  request: Body,
  callback: (error: ServiceError | null, answer: Body) => void,
) => { on(event: "status", listener: (status: { metadata: Metadata }) => void): void };

test("a run is taken, started and completed by hand, with its output", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { assign, start, progress, complete } = jobs(gateway);
  const runId = await gateway.submit();
  const workerId = randomUUID();
  const executionId = await assign(runId, workerId);
  expect(await gateway.run(runId)).toMatchObject({ phase: "Assigned", workerId });
  await start(executionId);
  await start(executionId);
  expect(await gateway.run(runId)).toMatchObject({ phase: "Running", attempts: 1 });
  await progress(executionId, 60, "tests", "half done");
  const [attempt] = await gateway.reader.attempts(runId);
  expect(attempt).toMatchObject({ executionId, message: "tests: half done" });
  const big = "x".repeat(20_000);
  await complete(executionId, "0", big, "warning\n");
  await complete(executionId, "0", big, "warning\n"); // a repeat after a lost answer
  expect(await gateway.run(runId)).toMatchObject({ phase: "Succeeded", exitCode: 0 });
  const { pieces, complete: isAll } = await gateway.reader.logs(
    runId,
    { attempt: 0, seq: 0 },
    100_000,
  );
  expect(isAll).toBe(true);
  const text = (stream: string) =>
    pieces.flatMap((piece) => (piece.stream === stream ? Buffer.from(piece.data).toString() : []));
  expect(text("stdout").join("")).toBe(big);
  expect(text("stderr")).toEqual(["warning\n"]);
});

test("an exit code other than 0 is a failure, and the run's policy decides", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { assign, complete, fail } = jobs(gateway);
  const runId = await gateway.submit({ backoffLimit: 1, backoff: { initialSeconds: 0 } });
  await complete(await assign(runId), "3"); // not started: it starts here
  expect(await gateway.run(runId)).toMatchObject({ phase: "Pending", attempts: 1 });
  await fail(await assign(runId), "Network", "no route");
  expect(await gateway.run(runId)).toMatchObject({
    phase: "Failed",
    reason: "BackoffLimitExceeded",
    message: expect.stringContaining("Network: no route"),
  });
});

test("what a worker has is refused, and goes on unharmed", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { assign, start, complete, fail, progress } = jobs(gateway);
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.take();
  const { executionId } = command;
  for (const refused of [
    () => assign(runId),
    () => start(executionId),
    () => complete(executionId),
    () => fail(executionId),
    () => progress(executionId, 1),
  ])
    expect(await statusOf(refused())).toBe("FAILED_PRECONDITION");
  await worker.control.verdict(worker.control.result(command));
  await gateway.runBecomes(runId, "Succeeded");
});

test("a worker of this install is told, as after any placement; one that does not fit is refused", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { assign } = jobs(gateway);
  const large = await gateway.submit({ resources: { cpu: 1 } });
  const worker = await gateway.readyWorker({ cpuMillis: 500 });
  expect(await statusOf(assign(large, worker.workerId))).toBe("FAILED_PRECONDITION");
  await gateway.hub.placing.stop(); // only the call places
  const runId = await gateway.submit();
  const executionId = await assign(runId, worker.workerId);
  expect(await worker.control.command()).toMatchObject({ executionId, jobId: runId });
  const other = await gateway.submit();
  expect(await statusOf(assign(other, worker.workerId))).toBe("FAILED_PRECONDITION");
});

test("what has ended is refused, bad fields and strangers are named", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { assign, start, complete, progress, fail, call } = jobs(gateway);
  const executionId = await assign(await gateway.submit());
  const other = await gateway.submit();
  const named = { executionId: { value: executionId }, jobId: { value: other } };
  expect(await statusOf(call("startJob", named))).toBe("FAILED_PRECONDITION");
  expect(await statusOf(progress(executionId, 101))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(complete(executionId, "a lot"))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(start("no uuid"))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(start(randomUUID()))).toBe("NOT_FOUND");
  expect(await statusOf(assign(randomUUID()))).toBe("NOT_FOUND");
  await complete(executionId);
  for (const late of [
    () => start(executionId),
    () => fail(executionId),
    () => progress(executionId, 5),
  ])
    expect(await statusOf(late())).toBe("FAILED_PRECONDITION");
  const suspended = await gateway.submit({ suspend: true });
  const refused = await assign(suspended).catch((error) => error);
  expect(refused).toMatchObject({ code: 9, details: expect.stringContaining("Suspended") });
});

test("every answer says until when, refusals too, and the calls are counted", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { assign, start, trailers } = jobs(gateway);
  await assign(await gateway.submit());
  await statusOf(start(randomUUID()));
  const said = trailers.map((metadata) => metadata.get("hodei-deprecated")[0]);
  expect(said).toEqual([
    `AssignJob may go in ${DEPRECATED_UNTIL}`,
    `StartJob may go in ${DEPRECATED_UNTIL}`,
  ]);
  expect(readDocument("docs/reference/deprecations.md").text).toContain(DEPRECATED_UNTIL);
  const metrics = await gateway.metrics.text();
  expect(metrics).toContain('hodei_deprecated_calls_total{method="AssignJob"} 1');
  expect(metrics).toContain('hodei_deprecated_calls_total{method="StartJob"} 1');
});

test("the states of an execution are streamed until it has ended", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { client, assign, start, complete } = jobs(gateway);
  const runId = await gateway.submit();
  const executionId = await assign(runId);
  const states: JobExecution[] = [];
  const ended = Promise.withResolvers<void>();
  const stream = client.executionEventStream({ value: executionId });
  const steps = [() => start(executionId), () => complete(executionId)];
  stream.on("data", (state: JobExecution) => {
    states.push(state);
    void steps.shift()?.();
  });
  stream.on("end", () => ended.resolve()).on("error", ended.reject);
  await ended.promise;
  const { EXECUTION_STATE_STARTING, EXECUTION_STATE_RUNNING, EXECUTION_STATE_COMPLETED } =
    ExecutionState;
  expect(states.map(({ state }) => state)).toEqual([
    ...[EXECUTION_STATE_STARTING, EXECUTION_STATE_RUNNING, EXECUTION_STATE_COMPLETED],
  ]);
  expect(states.at(-1)).toMatchObject({ jobId: { value: runId }, exitCode: "0" });
});

test("a gateway that leaves ends the streams of states: another one is asked", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { client, assign } = jobs(gateway);
  const executionId = await assign(await gateway.submit());
  const refused = Promise.withResolvers<ServiceError>();
  client
    .executionEventStream({ value: executionId })
    .on("error", refused.resolve)
    .once("data", () => gateway.hub.leave());
  expect((await refused.promise).code).toBe(14);
});

test.each([
  [randomUUID(), 5],
  ["", 3],
  ["x", 3],
])("the states of %j are refused with %d", async (value, code) => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { client } = jobs(gateway);
  const refused = Promise.withResolvers<ServiceError>();
  client
    .executionEventStream({ value })
    .on("error", refused.resolve)
    .on("data", () => {});
  expect((await refused.promise).code).toBe(code);
});

test("jobs are listed page by page, newest first, by status and by name", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { call, assign, progress, complete } = jobs(gateway);
  const list = async (request: Body = {}) => {
    const answer = await call("listJobs", { limit: 0, offset: 0, ...request });
    return { total: answer.totalCount, jobs: answer.jobs as Body[] };
  };
  const first = await gateway.submit({ name: "alpha" });
  const second = await gateway.submit({ name: "beta" });
  const executionId = await assign(first);
  await progress(executionId, 30);
  expect(await list()).toMatchObject({
    total: 2,
    jobs: [
      { jobId: { value: second }, name: "beta", status: 1, progressPercentage: 0 },
      { jobId: { value: first }, name: "alpha", status: 2, progressPercentage: 30 },
    ],
  });
  await complete(executionId);
  const [done] = (await list({ status: 4 })).jobs;
  expect(done).toMatchObject({ progressPercentage: 100, duration: { seconds: 0 } });
  expect((await list({ searchTerm: "ET" })).jobs).toMatchObject([{ name: "beta" }]);
  expect(await list({ limit: 1, offset: 1 })).toMatchObject({
    total: 2,
    jobs: [{ name: "alpha" }],
  });
  expect((await list({ status: 7 })).total).toBe(0);
  for (const bad of [{ limit: -1 }, { offset: -1 }, { limit: 501 }, { status: 99 }])
    expect(await statusOf(list(bad))).toBe("INVALID_ARGUMENT");
});
