import { randomUUID } from "node:crypto";
import { credentials, status } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import {
  type AggregatedMetrics,
  MetricsQuery,
  MetricsServiceClient,
  MetricsStreamRequest,
  type MetricsStreamResponse,
  type TimeSeriesMetrics,
} from "#proto/hodei/metrics.ts";
import { ResourceUsage, WorkerHeartbeat } from "#proto/hodei.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { type ScriptedWorker, statusOf, unary } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

const MIB = 1024 * 1024;

function metrics(gateway: GatewayFixture) {
  const address = `127.0.0.1:${gateway.port}`;
  const client = new MetricsServiceClient(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  return {
    aggregated: (query: Partial<MetricsQuery>) =>
      unary<AggregatedMetrics>((callback) =>
        client.getAggregatedMetrics(MetricsQuery.fromPartial(query), callback),
      ),
    series: (query: Partial<MetricsQuery>) =>
      unary<TimeSeriesMetrics>((callback) =>
        client.getTimeSeriesMetrics(MetricsQuery.fromPartial(query), callback),
      ),
    stream: (request: Partial<MetricsStreamRequest> = {}) => {
      const call = client.streamMetrics(MetricsStreamRequest.fromPartial(request));
      const heard: MetricsStreamResponse[] = [];
      let ended = "";
      call.on("data", (response: MetricsStreamResponse) => heard.push(response));
      call.on("error", () => {});
      call.on("status", ({ code }) => {
        ended = status[code] ?? String(code);
      });
      const end = async () => {
        await until("the stream is over", () => ended !== "");
        return ended;
      };
      return { call, heard, end };
    },
  };
}

function reportUsage(worker: ScriptedWorker, usage: Partial<ResourceUsage>): void {
  const workerId = { value: worker.workerId };
  const value = {
    ...WorkerHeartbeat.fromPartial({ workerId }),
    usage: ResourceUsage.fromPartial(usage),
  };
  worker.control.say({ $case: "heartbeat", value });
}

test("the reports of a worker are a series, with an average and a maximum", async () => {
  const gateway = await startGateway();
  const { aggregated, series } = metrics(gateway);
  const worker = await gateway.readyWorker(); // a machine of 1 core and 2 GiB
  const workerId = { value: worker.workerId };
  expect(await series({ workerId })).toMatchObject({ dataPoints: [] });
  expect(await statusOf(aggregated({ workerId }))).toBe("NOT_FOUND");
  reportUsage(worker, { cpuCores: 0.5, memoryBytes: 512 * MIB, customUsage: { queue: 3 } });
  worker.control.say({
    $case: "stats",
    value: { cpuPercent: 100, memoryBytes: 1024 * MIB, diskBytes: 7 },
  });
  await until("both are known", async () => (await series({ workerId })).dataPoints.length === 2);
  const { dataPoints } = await series({ workerId });
  expect(dataPoints[0]).toMatchObject({
    workerId,
    cpu: { usagePercent: 50 },
    memory: { usedBytes: 512 * MIB, totalBytes: 2048 * MIB, usagePercent: 25 },
    disk: [],
    custom: [{ name: "queue", value: "3" }],
  });
  expect(dataPoints[0]?.network).toBeUndefined();
  expect(dataPoints[1]).toMatchObject({ disk: [{ usedBytes: 7 }] });
  const [only] = (await series({ workerId, metricTypes: ["memory"] })).dataPoints;
  expect(only?.cpu).toBeUndefined();
  expect(only?.memory?.usedBytes).toBe(512 * MIB);
  const sum = await aggregated({ workerId });
  expect(sum).toMatchObject({
    workerId,
    ...{ avgCpuUsage: 75, maxCpuUsage: 100 },
    ...{ avgMemoryUsage: 768 * MIB, maxMemoryUsage: 1024 * MIB },
    windowStart: dataPoints[0]?.timestamp,
    windowEnd: dataPoints[1]?.timestamp,
  });
  const past = { toTimestamp: new Date(Date.now() - 3_600_000) };
  expect((await series({ workerId, ...past })).dataPoints).toEqual([]);
  expect(await statusOf(aggregated({ workerId, ...past }))).toBe("NOT_FOUND");
});

test("the reports of an execution are those made while its worker held it", async () => {
  const gateway = await startGateway();
  const { aggregated } = metrics(gateway);
  const worker = await gateway.readyWorker();
  reportUsage(worker, { cpuCores: 0.1 });
  const runId = await gateway.submit();
  const command = await worker.control.take();
  reportUsage(worker, { cpuCores: 0.9 });
  const executionId = { value: command.executionId };
  const known = async () => (await statusOf(aggregated({ executionId }))) === "OK";
  await until("a report of the execution is known", known);
  const sum = await aggregated({ executionId });
  expect(sum).toMatchObject({ executionId, jobId: { value: runId }, avgCpuUsage: 90 });
  expect(await statusOf(aggregated({ executionId: { value: randomUUID() } }))).toBe("NOT_FOUND");
});

test("the reports of an execution are kept for others to read, those of an idle worker are not", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  reportUsage(worker, { cpuCores: 0.1 });
  const runId = await gateway.submit();
  const { executionId } = await worker.control.take();
  reportUsage(worker, { cpuCores: 0.5, memoryBytes: 512 * MIB, customUsage: { queue: 3 } });
  reportUsage(worker, { cpuCores: 0.9, memoryBytes: 256 * MIB, customUsage: { queue: 4 } });
  const of = { workerId: null, from: 0, to: Number.POSITIVE_INFINITY };
  const known = () => gateway.hub.usage.find({ ...of, executionId }).length === 2;
  await until("both reports are known", known);
  await gateway.hub.usageWriter.flush();
  const question = { attempt: null, from: null, to: null, limit: 10 };
  const found = await gateway.usage.ofRun(runId, question);
  expect(found).toMatchObject({
    total: { reports: 2, cpuPercent: 70, cpuPercentMax: 90 },
    points: [
      {
        ...{ runId, attempt: 1, workerId: worker.workerId, memoryBytes: 384 * MIB },
        ...{ memoryTotalBytes: 2048 * MIB, custom: { queue: 4 } },
      },
    ],
  });
  await gateway.hub.usageWriter.flush();
  const { total, points } = (await gateway.usage.ofWorker(worker.workerId, question)) ?? {};
  expect({ total, points }).toEqual({ total: found?.total, points: found?.points });
});

test("a listener hears the newest report at once and then each, or at its own interval", async () => {
  const gateway = await startGateway();
  const { stream } = metrics(gateway);
  const [one, other] = [await gateway.readyWorker(), await gateway.readyWorker()];
  const all = stream();
  const rare = stream({ interval: { seconds: 3600, nanos: 0 } });
  const ofOne = stream({ workerId: { value: one.workerId } });
  reportUsage(one, { cpuCores: 0.1 });
  reportUsage(other, { cpuCores: 0.2 });
  await until("both are heard", () => [all, rare].every(({ heard }) => heard.length === 2));
  await until("one is heard", () => ofOne.heard.length === 1);
  reportUsage(one, { cpuCores: 0.3 });
  await until("the next is heard", () => all.heard.length === 3 && ofOne.heard.length === 2);
  expect(ofOne.heard.map(({ metrics: it }) => it?.cpu?.usagePercent)).toEqual([10, 30]);
  expect(rare.heard).toHaveLength(2);
  const late = stream();
  await until("the newest of both are heard", () => late.heard.length === 2);
  gateway.hub.leave();
  for (const { end } of [all, rare, ofOne, late]) expect(await end()).toBe("UNAVAILABLE");
});

test("what is asked wrongly, or of a worker that is not here, is refused", async () => {
  const gateway = await startGateway();
  const { aggregated, series, stream } = metrics(gateway);
  const worker = await gateway.readyWorker();
  const workerId = { value: worker.workerId };
  const nobody = { value: randomUUID() };
  expect(await statusOf(aggregated({}))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(series({ workerId: { value: "w" } }))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(series({ workerId, metricTypes: ["weather"] }))).toBe("INVALID_ARGUMENT");
  const backwards = { fromTimestamp: new Date(2e12), toTimestamp: new Date(1e12) };
  expect(await statusOf(series({ workerId, ...backwards }))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(series({ workerId: nobody }))).toBe("NOT_FOUND");
  expect(await stream({ workerId: nobody }).end()).toBe("NOT_FOUND");
  expect(await stream({ interval: { seconds: -1, nanos: 0 } }).end()).toBe("INVALID_ARGUMENT");
});
