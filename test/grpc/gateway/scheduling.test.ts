import { credentials } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import {
  type ConfigureSchedulerResponse,
  type GetSchedulingDecisionResponse,
  ScheduleJobRequest,
  type ScheduleJobResponse,
  SchedulerConfig,
  SchedulerServiceClient,
  type SchedulingDecision,
} from "#proto/hodei/scheduler.ts";
import { JobDefinition } from "#proto/hodei.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { unary } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

/** The status of a call that is refused, and what it says. */
const refusalOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "OK",
    (error: Error) => error.message,
  );

const NOBODY = "0198f00d-1c2b-7def-8000-0123456789ab";

function scheduler(gateway: GatewayFixture) {
  const address = `127.0.0.1:${gateway.port}`;
  const client = new SchedulerServiceClient(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  const schedule = (request: Partial<ScheduleJobRequest> = {}, job: Partial<JobDefinition> = {}) =>
    unary<ScheduleJobResponse>((callback) => {
      const jobDefinition = JobDefinition.fromPartial({ command: "true", ...job });
      const whole = { ...ScheduleJobRequest.fromPartial({}), jobDefinition, ...request };
      client.scheduleJob(whole, callback);
    });
  const decision = async (value: string) =>
    (
      await unary<GetSchedulingDecisionResponse>((callback) =>
        client.getSchedulingDecision({ jobId: { value } }, callback),
      )
    ).decision;
  const configure = (config?: Partial<SchedulerConfig>) =>
    unary<ConfigureSchedulerResponse>((callback) => {
      const whole = config && { ...SchedulerConfig.fromPartial({}), ...config };
      client.configureScheduler({ config: whole }, callback);
    });
  /** What a stream of decisions told, and how it ended. */
  const follow = (value: string) => {
    const told: SchedulingDecision[] = [];
    const call = client.schedulingDecisionStream({ value });
    const { promise: end, resolve } = Promise.withResolvers<string>();
    call.on("data", (one: SchedulingDecision) => told.push(one));
    call.on("error", ({ message }) => resolve(message));
    call.on("end", () => resolve("end"));
    onTestFinished(() => call.cancel());
    return { told, end };
  };
  return { schedule, decision, configure, follow };
}

const idOf = ({ decision }: ScheduleJobResponse): string => decision?.jobId?.value ?? "none";
const runs = async (gateway: GatewayFixture) =>
  (await gateway.query("select id from hodei.run")).length;

test("a job is stored, placed and dispatched, and it is said where", async () => {
  const gateway = await startGateway();
  const { schedule, decision } = scheduler(gateway);
  const worker = await gateway.readyWorker();
  const scheduled = await schedule({ requestedBy: "ops" });
  expect(scheduled).toMatchObject({
    ...{ success: true, message: `Job scheduled: ${idOf(scheduled)}` },
    decision: {
      selectedWorkerId: { value: worker.workerId },
      reasons: ["strategy packing", expect.stringContaining("fits most tightly")],
      allocation: { allocated: { cpuCores: 0.25, memoryBytes: 512 * 1024 * 1024 } },
    },
  });
  const command = await worker.control.take();
  expect(scheduled.decision?.executionId?.value).toBe(command.executionId);
  expect(await decision(idOf(scheduled))).toEqual(scheduled.decision);
  expect((await gateway.run(idOf(scheduled))).submittedBy).toBe("ops");
});

test("a job that must wait hears why, and where it went when it went", async () => {
  const gateway = await startGateway();
  const { schedule, decision, follow } = scheduler(gateway);
  const waiting = await schedule();
  const id = idOf(waiting);
  expect(waiting).toMatchObject({
    ...{ success: true, message: `Job queued: ${id}` },
    decision: { reasons: [expect.stringContaining("profile small")], score: 0 },
  });
  expect(waiting.decision?.selectedWorkerId).toBeUndefined();
  const { told, end } = follow(id);
  await until("the first is told", () => told.length === 1);
  expect(told[0]?.selectedWorkerId).toBeUndefined();
  const worker = await gateway.readyWorker();
  const command = await worker.control.take();
  await until("the decision is told", () => told.length === 2);
  expect(told[1]).toMatchObject({ selectedWorkerId: { value: worker.workerId } });
  await worker.control.verdict(worker.control.result(command));
  expect(await end).toBe("end");
  expect(told).toHaveLength(2);
  expect(await decision(id)).toMatchObject({ selectedWorkerId: { value: worker.workerId } });
});

test("a dry run stores nothing, and says what a look would decide", async () => {
  const gateway = await startGateway();
  const { schedule } = scheduler(gateway);
  expect(await schedule({ dryRun: true })).toMatchObject({
    message: "Job would be queued",
    decision: { reasons: ["no ready worker would take it now"] },
  });
  const [one, other] = [await gateway.readyWorker(), await gateway.readyWorker()];
  const preferred = await schedule({ dryRun: true, preferredWorkers: [{ value: other.workerId }] });
  expect(preferred).toMatchObject({
    message: "Job would be scheduled",
    decision: { selectedWorkerId: { value: other.workerId }, score: 1000 },
  });
  const excludedWorkers = [{ value: other.workerId }];
  expect((await schedule({ dryRun: true, excludedWorkers })).decision).toMatchObject({
    selectedWorkerId: { value: one.workerId },
  });
  expect(await refusalOf(schedule({ dryRun: true }, { command: "" }))).toContain("command");
  expect(await runs(gateway)).toBe(0);
});

test("what a job prefers is obeyed, and kept", async () => {
  const gateway = await startGateway();
  const { schedule, decision } = scheduler(gateway);
  const workers = [await gateway.readyWorker(), await gateway.readyWorker()] as const;
  const ssd = await gateway.readyWorker({ labels: { disk: "ssd" } });
  const preferredLabels = [{ key: "disk", value: "ssd", weight: 0 }];
  const scheduled = await schedule({ preferredLabels, strategy: "least_loaded" });
  expect(scheduled.decision).toMatchObject({
    ...{ selectedWorkerId: { value: ssd.workerId }, score: 1 },
    reasons: [
      "strategy least-loaded",
      "has the preferred label disk=ssd (+1)",
      "took the fewest runs of those: 0",
    ],
  });
  expect(await decision(idOf(scheduled))).toEqual(scheduled.decision);
  const excludedWorkers = workers.map(({ workerId }) => ({ value: workerId }));
  const refused = await schedule({ excludedWorkers });
  expect(refused.message).toContain("queued");
  expect(refused.decision?.reasons.join("\n")).toContain("excludedWorkers");
  for (const bad of [{ strategy: "best" }, { preferredWorkers: [{ value: "w1" }] }])
    expect(await refusalOf(schedule(bad))).toMatch(/INVALID_ARGUMENT.*scheduling[.]/);
});

test("the scheduler is configured for everybody, also for submits onto warm workers", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { schedule, configure } = scheduler(gateway);
  const small = await gateway.readyWorker();
  const answer = await configure({ pluginConfig: { worker_strategy: "most_capacity" } });
  expect(answer).toMatchObject({ success: true, message: "Scheduler configured: version 1" });
  await gateway.hub.placing.next();
  const scheduled = await schedule();
  expect(scheduled.decision).toMatchObject({
    ...{ selectedWorkerId: { value: small.workerId } },
    reasons: ["strategy most-capacity", "is the largest of those"],
  });
  const late = { pluginConfig: { version: "0", strategy: "packing" } };
  expect(await refusalOf(configure(late))).toContain("FAILED_PRECONDITION");
});

const WITHOUT_EFFECT: readonly (readonly [Partial<SchedulerConfig> | undefined, string])[] = [
  [undefined, "config"],
  [{ enabledPlugins: ["x"] }, "enabled_plugins"],
  [{ preemptionEnabled: true }, "preemption_enabled"],
  [{ requeueDelay: { seconds: 1, nanos: 0 } }, "requeue_delay"],
  [{ pluginConfig: { provider_strategy: "x" } }, "provider_strategy"],
  [{ pluginConfig: { prefer_existing_workers: "no" } }, "prefer_existing_workers"],
  [{ pluginConfig: { max_queue_depth: "many" } }, "pendingRunsMax"],
  [{ pluginConfig: { strategy: "best" } }, "strategy"],
  [{ pluginConfig: { strategy: "packing", worker_strategy: "affinity" } }, "says again"],
];

test("settings that have no effect here are refused by name", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { configure } = scheduler(gateway);
  for (const [config, named] of WITHOUT_EFFECT) {
    const refusal = await refusalOf(configure(config));
    expect(refusal).toContain("INVALID_ARGUMENT");
    expect(refusal).toContain(named);
  }
  expect(await gateway.query("select from hodei.control where scheduler is not null")).toEqual([]);
  expect(await configure({ pluginConfig: { prefer_existing_workers: "true" } })).toMatchObject({
    success: true,
  });
});

test("a job that nobody knows", async () => {
  const gateway = await startGateway();
  const { decision, follow } = scheduler(gateway);
  expect(await refusalOf(decision(NOBODY))).toContain("NOT_FOUND");
  expect(await refusalOf(decision("x"))).toContain("INVALID_ARGUMENT");
  expect(await follow(NOBODY).end).toContain("NOT_FOUND");
});
