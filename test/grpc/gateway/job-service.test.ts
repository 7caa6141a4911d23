import { randomUUID } from "node:crypto";
import { credentials } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import {
  type DeepPartial,
  ExecutionState,
  type GetJobResponse,
  JobDefinition,
  JobExecutionServiceClient,
  JobStatus,
  PriorityLevel,
  type QueueJobResponse,
} from "#proto/hodei.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { statusOf, unary } from "../../support/scripted-worker.ts";

type Job = DeepPartial<JobDefinition>;

function jobs(gateway: GatewayFixture) {
  const address = `127.0.0.1:${gateway.port}`;
  const client = new JobExecutionServiceClient(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  return {
    queue: (job: Job | null, queuedBy = "tester") =>
      unary<QueueJobResponse>((callback) => {
        const jobDefinition =
          job === null ? undefined : JobDefinition.fromPartial(job as JobDefinition);
        client.queueJob({ jobDefinition, queuedBy }, callback);
      }),
    cancel: (id: string | undefined, reason = "") =>
      unary((callback) => {
        const jobId = id === undefined ? undefined : { value: id };
        client.cancelJob({ executionId: undefined, jobId, reason }, callback);
      }),
    get: (id: string) =>
      unary<GetJobResponse>((callback) => client.getJob({ jobId: { value: id } }, callback)),
  };
}

test("a queued job is a run; its id stands in the message and in its field", async () => {
  const gateway = await startGateway();
  const { queue } = jobs(gateway);
  const answer = await queue({
    name: "greet",
    command: "echo",
    arguments: ["hello", ""],
    environment: { WHO: "me" },
    requirements: { cpuCores: 0.5, memoryBytes: 256 * 1024 * 1024 },
    scheduling: { priority: PriorityLevel.PRIORITY_HIGH, requiredLabels: { zone: "a" } },
    selector: { matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }] },
    tolerations: [{ key: "spot", operator: "Exists" }],
    timeout: { executionTimeout: { seconds: 1, nanos: 1 } },
  }).catch((error) => error);
  expect(answer.code).toBe(9); // no profile has these labels: it could never run
  const fine = await queue({
    name: "greet",
    command: "echo",
    arguments: ["hello", ""],
    environment: { WHO: "me" },
    requirements: { cpuCores: 0.5, memoryBytes: 256 * 1024 * 1024 },
    scheduling: { priority: PriorityLevel.PRIORITY_HIGH },
    timeout: { executionTimeout: { seconds: 1, nanos: 1 } },
  });
  const id = fine.jobId?.value ?? "";
  expect(fine).toMatchObject({ success: true, message: `Job queued: ${id}` });
  expect(fine.queuedAt).toBeInstanceOf(Date);
  const run = await gateway.run(id);
  expect(run).toMatchObject({ phase: "Pending", name: "greet", submittedBy: "tester" });
  expect(run.spec).toMatchObject({
    command: { kind: "argv", argv: ["echo", "hello", ""] },
    env: { WHO: "me" },
    resources: { cpuMillis: 500, memoryMib: 256 },
    priority: 100,
    attemptTimeoutSeconds: 2,
  });
});

test("a job id makes it idempotent: the same body answers the same run, another is refused", async () => {
  const gateway = await startGateway();
  const { queue } = jobs(gateway);
  const value = randomUUID();
  const job = { jobId: { value: value.toUpperCase() }, name: "once", command: "true" };
  const first = await queue(job);
  expect(first.jobId?.value).toBe(value);
  expect((await queue({ ...job, jobId: { value } })).jobId?.value).toBe(value);
  expect(await statusOf(queue({ ...job, command: "false" }))).toBe("ALREADY_EXISTS");
  expect(await gateway.query("select count(*)::int as runs from hodei.run")).toEqual([{ runs: 1 }]);
});

test("bad fields are refused by their path", async () => {
  const gateway = await startGateway();
  const { queue } = jobs(gateway);
  const bad: [Job | null, string][] = [
    [null, "job_definition"],
    [{ name: "x" }, "command"],
    [{ command: "true", jobId: { value: "no uuid" } }, "job_definition.job_id"],
    [{ command: "true", name: "not a name!" }, "name"],
    [{ command: "true", environment: { HODEI_X: "1" } }, "env"],
    [{ command: "tr\u0000ue" }, "command[0]"],
    [{ command: "true", requirements: { cpuCores: -1 } }, "resources.cpu"],
    [{ command: "true", timeout: { executionTimeout: { seconds: -5 } } }, "attemptTimeoutSeconds"],
    [{ command: "true", scheduling: { deadline: { seconds: -1 } } }, "activeDeadlineSeconds"],
    [
      { command: "true", scheduling: { requiredAnnotations: { team: "ml" } } },
      'scheduling.required_annotations["team"]',
    ],
    [
      { command: "true", selector: { matchExpressions: [{ key: "a", operator: "NotIn" }] } },
      "selector.match_expressions[0]",
    ],
  ];
  for (const [job, path] of bad) {
    const error = await queue(job).catch((refused) => refused);
    expect({ job, code: error.code, details: error.details }).toMatchObject({
      code: 3,
      details: expect.stringContaining(path),
    });
  }
  expect(await gateway.query("select count(*)::int as runs from hodei.run")).toEqual([{ runs: 0 }]);
});

test("who queued and why it is cancelled may hold anything", async () => {
  const gateway = await startGateway();
  const { queue, cancel } = jobs(gateway);
  const { jobId } = await queue({ command: "true" }, `me\u0000${"😀".repeat(200)}`);
  await cancel(jobId?.value, `why\u0000${"😀".repeat(300)}`);
  expect(await gateway.run(jobId?.value ?? "")).toMatchObject({ phase: "Cancelled" });
});

test("what does not exist or has no id is said so", async () => {
  const gateway = await startGateway();
  const { cancel, get } = jobs(gateway);
  const id = randomUUID();
  expect(await statusOf(get(id))).toBe("NOT_FOUND");
  expect(await statusOf(cancel(id))).toBe("NOT_FOUND");
  expect(await statusOf(get("no uuid"))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(get(""))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(cancel(undefined))).toBe("INVALID_ARGUMENT");
});

test("a job is shown with its status and its executions", async () => {
  const gateway = await startGateway();
  const { queue, get, cancel } = jobs(gateway);
  const queued = await queue({ name: "look", command: "sleep", arguments: ["1"] });
  const id = queued.jobId?.value ?? "";
  expect((await get(id)).status).toBe(JobStatus.JOB_STATUS_QUEUED);
  const worker = await gateway.readyWorker();
  const command = await worker.control.command();
  const assigned = await get(id);
  expect(assigned.status).toBe(JobStatus.JOB_STATUS_ASSIGNED);
  expect(assigned.executions[0]).toMatchObject({
    executionId: { value: command.executionId },
    workerId: { value: worker.workerId },
    state: ExecutionState.EXECUTION_STATE_STARTING,
  });
  await worker.control.take();
  expect((await get(id)).status).toBe(JobStatus.JOB_STATUS_RUNNING);
  await worker.control.verdict(worker.control.result(command));
  const done = await get(id);
  expect(done).toMatchObject({
    status: JobStatus.JOB_STATUS_COMPLETED,
    job: { jobId: { value: id }, name: "look", command: "sleep", arguments: ["1"] },
  });
  expect(done.executions).toMatchObject([
    { state: ExecutionState.EXECUTION_STATE_COMPLETED, exitCode: "0", retryCount: 0 },
  ]);
  const other = await queue({ command: "true" });
  await cancel(other.jobId?.value);
  expect((await get(other.jobId?.value ?? "")).status).toBe(JobStatus.JOB_STATUS_CANCELLED);
});
