import { Client, credentials } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import { startObservabilityServer } from "../../../gateway/observability-server.ts";
import { startGateway } from "../../support/gateway-fixture.ts";
import { reflection, standardClient } from "../../support/reflected-server.ts";
import { statusOf, unary } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

const SERVICES = [
  "hodei.WorkerAgentService",
  "hodei.JobExecutionService",
  "hodei.SchedulerService",
  "hodei.LogStreamService",
  "hodei.MetricsService",
  "hodei.providers.ProviderManagementService",
];
/** Of a peer whose contract is newer. */
const UNKNOWN = "/hodei.JobExecutionService/FromLater";
const SERVING = 1;
const NOT_SERVING = 2;
const field = (id: number, type: string) => ({ id, type });

/** The health service as its own protocol file describes it, cut to what is asked. */
const HEALTH = {
  nested: {
    Ask: { fields: { service: field(1, "string") } },
    Answer: { fields: { status: field(1, "int32") } },
    Health: {
      methods: {
        Check: { requestType: "Ask", responseType: "Answer" },
        Watch: { requestType: "Ask", responseType: "Answer", responseStream: true },
      },
    },
  },
};

test("health says SERVING for the whole and for each service, and NOT_SERVING once it leaves", async () => {
  const gateway = await startGateway();
  const client = standardClient(
    gateway.port,
    ["grpc", "health", "v1"],
    "Health",
    HEALTH,
  ) as never as {
    check: (ask: object, callback: (error: never, answer: { status: number }) => void) => unknown;
    watch: (ask: object) => NodeJS.ReadableStream & { cancel(): void };
  };
  const check = async (service: string) =>
    (await unary<{ status: number }>((callback) => client.check({ service }, callback as never)))
      .status;
  const services = ["", ...SERVICES];
  for (const service of services) expect(await check(service)).toBe(SERVING);
  await expect(check("hodei.Unknown")).rejects.toMatchObject({ code: 5 });
  const seen: number[] = [];
  const watch = client.watch({ service: "" });
  watch.on("data", ({ status }: { status: number }) => seen.push(status));
  watch.on("error", () => {});
  await until("the watch has begun", () => seen.length === 1);
  gateway.server.notServing();
  for (const service of services) expect(await check(service)).toBe(NOT_SERVING);
  await until("the watcher is told", () => seen.at(-1) === NOT_SERVING);
  watch.cancel();
});

for (const version of ["v1", "v1alpha"])
  test(`reflection ${version} lists our services and describes them`, async () => {
    const gateway = await startGateway();
    const asking = reflection(gateway.port, version);
    expect(await asking.services()).toEqual(expect.arrayContaining(SERVICES));
    const files = await asking.files("hodei.WorkerAgentService");
    expect(Buffer.concat(files).toString("latin1")).toContain("StreamLogs");
    asking.end();
  });

test("a method that is not served says so", async () => {
  const gateway = await startGateway();
  const client = new Client(`127.0.0.1:${gateway.port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  const bytes = (value: Buffer): Buffer => value;
  const call = unary<Buffer>((callback) =>
    client.makeUnaryRequest(UNKNOWN, bytes, bytes, Buffer.alloc(0), (error, answer) =>
      callback(error, answer as Buffer),
    ),
  );
  expect(await statusOf(call)).toBe("UNIMPLEMENTED");
});

test("metrics and health of the process are served over HTTP", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  await gateway.submit();
  const command = await worker.control.take();
  const logs = worker.openLogs();
  logs.write(command, 1, "x");
  await logs.acknowledged(1);
  await worker.control.verdict(worker.control.result(command));
  let isHealthy = true;
  const server = await startObservabilityServer({
    host: "127.0.0.1",
    port: 0,
    metrics: gateway.metrics,
    healthy: () => isHealthy,
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  expect((await get("/healthz")).status).toBe(200);
  isHealthy = false;
  expect((await get("/healthz")).status).toBe(503);
  expect((await get("/nothing")).status).toBe(404);
  const metrics = await get("/metrics");
  expect(metrics.headers.get("content-type")).toContain("text/plain");
  const text = await metrics.text();
  for (const sample of [
    "hodei_attempts_started_total 1",
    'hodei_results_total{verdict="accepted"} 1',
    "hodei_log_chunks_total 1",
    "hodei_streams_open 1",
    "hodei_run_wait_seconds_count 1",
    'hodei_batch_items_count{statement="record-results"} 1',
  ])
    expect(text).toContain(sample);
});
