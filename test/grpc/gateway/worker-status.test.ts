import { randomUUID } from "node:crypto";
import { Metadata } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import {
  ResourceUsage,
  UpdateWorkerStatusRequest,
  type UpdateWorkerStatusResponse,
  WorkerStatus,
} from "#proto/hodei.ts";
import { startGateway } from "../../support/gateway-fixture.ts";
import { firstWorker } from "../../support/original-peers.ts";
import { ScriptedWorker, statusOf, unary } from "../../support/scripted-worker.ts";

const { WORKER_STATUS_AVAILABLE, WORKER_STATUS_DRAINING } = WorkerStatus;

function say(
  worker: ScriptedWorker,
  status: WorkerStatus,
  { metadata = new Metadata(), workerId = worker.workerId } = {},
): Promise<UpdateWorkerStatusResponse> {
  const usage = ResourceUsage.fromPartial({ memoryBytes: 77 });
  const request = { ...UpdateWorkerStatusRequest.fromPartial({ status }), usage };
  request.workerId = { value: workerId };
  return unary((callback) => worker.client.updateWorkerStatus(request, metadata, callback));
}

test("a worker that says it drains finishes what it has and takes no more", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const { metadata } = worker;
  expect(await say(worker, WORKER_STATUS_AVAILABLE, { metadata })).toMatchObject({ success: true });
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Ready" });
  expect(gateway.hub.usage.newest(worker.workerId)?.memoryBytes).toBe(77);
  const runId = await gateway.submit();
  const command = await worker.control.take();
  await say(worker, WORKER_STATUS_DRAINING, { metadata });
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({
    phase: "Draining",
    reason: "Leaving",
  });
  await worker.control.verdict(worker.control.result(command));
  expect((await gateway.run(runId)).phase).toBe("Succeeded");
});

test("one of the original says it on its connection; nobody says it for another", async () => {
  const gateway = await startGateway();
  const worker = await firstWorker(gateway);
  const stranger = new ScriptedWorker(gateway.port, worker);
  onTestFinished(() => stranger.close());
  expect(await statusOf(say(stranger, WORKER_STATUS_DRAINING))).toBe("UNAUTHENTICATED");
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Ready" });
  expect(gateway.hub.usage.newest(worker.workerId)).toBeUndefined();
  expect(await statusOf(say(worker, WORKER_STATUS_DRAINING))).toBe("OK");
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Draining" });
});

test("who is not connected is not found, what is no id is refused", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  const workerIds = [worker.workerId, randomUUID(), "no id", ""];
  const said = workerIds.map((workerId) =>
    statusOf(say(worker, WORKER_STATUS_AVAILABLE, { workerId })),
  );
  expect(await Promise.all(said)).toEqual([
    "NOT_FOUND",
    "NOT_FOUND",
    "INVALID_ARGUMENT",
    "INVALID_ARGUMENT",
  ]);
});
