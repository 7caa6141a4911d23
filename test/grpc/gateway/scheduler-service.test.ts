import { credentials } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import {
  type GetAvailableWorkersResponse,
  type GetQueueStatusResponse,
  SchedulerServiceClient,
  WorkerFilterCriteria,
} from "#proto/hodei/scheduler.ts";
import { LabelSelector, ResourceRequirements, WorkerStatus } from "#proto/hodei.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { statusOf, unary } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

function scheduler(gateway: GatewayFixture) {
  const address = `127.0.0.1:${gateway.port}`;
  const client = new SchedulerServiceClient(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  const workers = (filter?: Partial<WorkerFilterCriteria>) =>
    unary<GetAvailableWorkersResponse>((callback) => {
      const whole = filter && WorkerFilterCriteria.fromPartial(filter);
      client.getAvailableWorkers({ filter: whole, schedulerName: "any" }, callback);
    });
  return {
    workers,
    ids: async (filter?: Partial<WorkerFilterCriteria>) =>
      (await workers(filter)).workers.map(({ workerId }) => workerId?.value),
    queue: async () =>
      (
        await unary<GetQueueStatusResponse>((callback) =>
          client.getQueueStatus({ schedulerName: "any" }, callback),
        )
      ).status,
  };
}

test("the queue is counted by what became of jobs", async () => {
  const gateway = await startGateway();
  const { queue } = scheduler(gateway);
  const worker = await gateway.readyWorker();
  const done = await gateway.submit();
  const first = await worker.control.take();
  await worker.control.verdict(worker.control.result(first));
  await gateway.runBecomes(done, "Succeeded");
  const bad = await gateway.submit();
  const second = await worker.control.take(1);
  await worker.control.verdict(worker.control.result(second, { exitCode: 1, success: false }));
  await gateway.runBecomes(bad, "Failed");
  await gateway.submit();
  await worker.control.take(2);
  await gateway.submit();
  const cancelled = await gateway.submit();
  await gateway.store.requestStops([
    {
      runId: cancelled,
      rule: "cancel",
      phase: "Cancelled",
      reason: "CancelledByUser",
      message: "",
      by: null,
    },
  ]);
  const counts = await queue();
  expect(counts).toMatchObject({
    ...{ pendingJobs: 1, runningJobs: 1, completedJobs: 1, failedJobs: 1, cancelledJobs: 1 },
  });
  expect(counts?.lastUpdated).toBeInstanceOf(Date);
  await gateway.submit();
  await until("it is counted again", async () => (await queue())?.pendingJobs === 2);
});

test("workers are shown with the original's numbers, and chosen by status", async () => {
  const gateway = await startGateway();
  const { workers, ids } = scheduler(gateway);
  const ready = await gateway.readyWorker();
  await gateway.worker(); // launched, and nothing heard of it
  const busy = await gateway.readyWorker();
  await gateway.submit();
  await until("one is busy", async () => {
    const phases = await gateway.query("select phase from hodei.worker");
    return phases.some(({ phase }) => phase === "Busy");
  });
  const all = (await workers()).workers;
  expect(all.map(({ status }) => status).sort()).toEqual([
    WorkerStatus.WORKER_STATUS_REGISTERING,
    WorkerStatus.WORKER_STATUS_AVAILABLE,
    WorkerStatus.JOB_STATUS_BUSY,
  ]);
  const available = await workers({ requiredStatus: WorkerStatus.WORKER_STATUS_AVAILABLE });
  const holds = await workers({ requiredStatus: WorkerStatus.JOB_STATUS_BUSY });
  const both = [...available.workers, ...holds.workers].map(({ workerId }) => workerId?.value);
  expect(both.sort()).toEqual([ready.workerId, busy.workerId].sort());
  expect(available.workers[0]).toMatchObject({ schedulingInfo: { score: 0 } });
  expect(available.workers[0]?.lastHeartbeat).toBeInstanceOf(Date);
  expect(await ids({ requiredStatus: WorkerStatus.WORKER_STATUS_DRAINING })).toEqual([]);
  expect(await ids({ requiredStatus: WorkerStatus.WORKER_STATUS_REGISTERING })).toHaveLength(3);
});

test("workers are chosen by labels, by what they have, and by their last heartbeat", async () => {
  const gateway = await startGateway();
  const { ids } = scheduler(gateway);
  const ssd = await gateway.readyWorker({ labels: { disk: "ssd", zone: "a" } });
  const hdd = await gateway.readyWorker({ labels: { disk: "hdd" } });
  const labels = (selector: Partial<LabelSelector>) =>
    ids({ labelSelector: LabelSelector.fromPartial(selector) });
  const expression = (key: string, operator: string, values: string[] = []) =>
    labels({ matchExpressions: [{ key, operator, values }] });
  expect(await labels({ matchLabels: { disk: "ssd" } })).toEqual([ssd.workerId]);
  expect(await ids({ nodeSelector: { nodeLabels: { disk: "hdd" } } })).toEqual([hdd.workerId]);
  expect(await expression("disk", "In", ["ssd", "nvme"])).toEqual([ssd.workerId]);
  expect(await expression("zone", "NotIn", ["a"])).toEqual([hdd.workerId]);
  expect(await expression("zone", "Exists")).toEqual([ssd.workerId]);
  expect(await expression("zone", "DoesNotExist")).toEqual([hdd.workerId]);
  const resources = (minimum: Partial<ResourceRequirements>) =>
    ids({ minResources: ResourceRequirements.fromPartial(minimum) });
  expect(await resources({ cpuCores: 0.5, memoryBytes: 1024 })).toHaveLength(2);
  expect(await resources({ cpuCores: 64 })).toEqual([]);
  expect(await resources({ gpuCount: 1 })).toEqual([]);
  expect(await ids({ maxAge: { seconds: 3600, nanos: 0 } })).toHaveLength(2);
  await gateway.query(
    "update hodei.worker set last_heartbeat_at = now() - interval '1 day' where id = $1",
    [hdd.workerId],
  );
  expect(await ids({ maxAge: { seconds: 3600, nanos: 0 } })).toEqual([ssd.workerId]);
});

test("a criterion that cannot be judged is refused, not passed over", async () => {
  const gateway = await startGateway();
  const { workers } = scheduler(gateway);
  const refused = (filter: Partial<WorkerFilterCriteria>) => statusOf(workers(filter));
  expect(await refused({ requiredCapabilities: ["docker"] })).toBe("INVALID_ARGUMENT");
  expect(await refused({ allowedSchedulers: ["mine"] })).toBe("INVALID_ARGUMENT");
  const taint = { key: "a", value: "b", effect: "NoSchedule" };
  expect(await refused({ requiredTaints: [taint] })).toBe("INVALID_ARGUMENT");
  expect(await refused({ requiredStatus: 17 as WorkerStatus })).toBe("INVALID_ARGUMENT");
  const odd = { matchLabels: {}, matchExpressions: [{ key: "a", operator: "Gt", values: ["1"] }] };
  expect(await refused({ labelSelector: odd })).toBe("INVALID_ARGUMENT");
});
