import { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test, vi } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { probePeers } from "../../../gateway/accepted-sockets.ts";
import { startGateway } from "../../support/gateway-fixture.ts";
import { until } from "../../support/until.ts";

// Were the gateway to ping, it would do so often enough to cut this worker off within the test.
vi.mock("#core/domain/limits.ts", async (original) => {
  const actual = await original<typeof import("#core/domain/limits.ts")>();
  return { limits: { ...actual.limits, keepaliveMs: 100, keepaliveTimeoutMs: 100 } };
});

test("a job on one CPU stops heartbeats and answers to pings for longer than a lease: its result counts", async () => {
  const gateway = await startGateway({ timings: { heartbeatPeriodMs: 100, leaseMs: 500 } });
  const { workerId, token } = await gateway.worker();
  const released = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { port: gateway.port, workerId, token, released };
  const blocked = new Worker(new URL("../../support/blocked-original.ts", import.meta.url), {
    workerData,
  });
  onTestFinished(async () => {
    await blocked.terminate();
  });
  const said: unknown[] = [];
  blocked.on("message", (message) => said.push(message));
  const runId = await gateway.submit();
  await until("its thread stands still", () => said.includes("runs"));
  const { lease_expires_at: before } = await gateway.workerRow(workerId);
  await until("three leases have passed", async () => {
    const { lease_expires_at: now } = await gateway.workerRow(workerId);
    return Number(now) - Number(before) > 1_500;
  });
  expect((await gateway.run(runId)).phase).toBe("Running");
  Atomics.store(released, 0, 1);
  Atomics.notify(released, 0);
  expect(await gateway.runBecomes(runId, "Succeeded")).toMatchObject({ attempts: 1 });
  expect(said).toEqual(["runs"]);
});

test("whether a peer's machine is there is asked of its kernel, on every connection", async () => {
  const probe = vi.spyOn(Socket.prototype, "setKeepAlive");
  probePeers();
  const gateway = await startGateway();
  await gateway.readyWorker();
  expect(probe).toHaveBeenCalledWith(true, limits.keepaliveMs);
});
