import { expect, onTestFinished, test } from "vitest";
import { launchWorkers } from "../../../bench/hodei/launched-workers.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { until } from "../../support/until.ts";
import { WorkerProcess } from "../worker/worker-process.ts";

async function realWorker(gateway: GatewayFixture): Promise<WorkerProcess> {
  const [launched] = await launchWorkers(gateway.store, 1);
  const worker = new WorkerProcess(`http://127.0.0.1:${gateway.port}`, {
    HODEI_WORKER_ID: launched!.workerId,
    HODEI_OTP_TOKEN: launched!.token,
  });
  onTestFinished(() => worker.destroy());
  return worker;
}

test("the deployed worker and this gateway understand each other, from token to goodbye", async () => {
  const gateway = await startGateway();
  const worker = await realWorker(gateway);
  const fine = await gateway.submit({ shell: "echo out; echo err >&2" });
  await gateway.runBecomes(fine, "Succeeded");
  const { pieces } = await gateway.reader.logs(fine, { attempt: 0, seq: 0 }, 1e6);
  const text = (stream: string) =>
    Buffer.concat(pieces.filter((one) => one.stream === stream).map(({ data }) => data)).toString();
  expect([text("stdout"), text("stderr")]).toEqual(["out\n", "err\n"]);

  const usage = gateway.hub.usage.newest(worker.workerId);
  expect(usage?.memoryBytes).toBeGreaterThan(0);
  expect(usage?.cpuPercent).toBeGreaterThanOrEqual(0);

  const failing = await gateway.submit({ shell: "exit 3" });
  expect(await gateway.runBecomes(failing, "Failed")).toMatchObject({ exitCode: 3, attempts: 1 });

  const slow = await gateway.submit({ shell: "sleep 600", terminationGracePeriodSeconds: 1 });
  await gateway.runBecomes(slow, "Running");
  const stop = { rule: "cancel", phase: "Cancelled", reason: "CancelledByUser" } as const;
  await gateway.store.requestStops([{ runId: slow, ...stop, message: null, by: null }]);
  await gateway.runBecomes(slow, "Cancelled");

  worker.signal("SIGTERM");
  expect(await worker.exited).toBe(0);
  await until("it said goodbye", async () => {
    const { phase } = await gateway.workerRow(worker.workerId);
    return phase === "Terminating";
  });
});
