import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { aSpec } from "../support/factories.ts";
import { exam, unchanged } from "./exam.ts";

const address = "10.0.0.1:50051";
const HOUR_MS = 3600_000;

export const gateways = exam({
  "a gateway is known while it beats, and forgotten after an hour of silence": async (at) => {
    const [silent, alive] = [randomUUID(), randomUUID()];
    await at.store.beatGateway(silent, address);
    await at.tables.advance(HOUR_MS - 1_000);
    await at.store.beatGateway(alive, address);
    expect(await at.tables.rows("select id from hodei.gateway")).toHaveLength(2);
    await at.tables.advance(1_500);
    await at.store.beatGateway(alive, address);
    expect(await at.tables.rows("select id, address from hodei.gateway")).toEqual([
      { id: alive, address },
    ]);
  },

  "a gateway that was silent for long is known again when it beats": async (at) => {
    const id = randomUUID();
    await at.store.beatGateway(id, address);
    await at.tables.advance(2 * HOUR_MS);
    await at.store.beatGateway(id, address);
    const [row] = await at.tables.rows("select * from hodei.gateway");
    expect(row?.beat_at).not.toBe(row?.started_at);
  },

  "the first beat of an install guards nobody": async (at) => {
    expect(await at.store.beatGateway(randomUUID(), address)).toEqual({ guarded: false });
  },

  "a gateway that leaves frees its streams and no other": async (at) => {
    const [mine, other] = [await at.running(), await at.ready()];
    await at.store.beatGateway(mine.gatewayId, address);
    await at.store.leaveGateway(mine.gatewayId);
    expect(await at.tables.worker(mine.workerId)).toMatchObject({ gateway_id: null });
    expect(await at.tables.worker(other.workerId)).toMatchObject({ gateway_id: other.gatewayId });
    expect(await at.tables.rows("select id from hodei.gateway")).toEqual([]);
    await unchanged(at, () => at.store.leaveGateway(mine.gatewayId));
  },

  "a gateway is told what to send until it was accepted": async (at) => {
    const spec = { env: { KEY: "value" }, activeDeadlineSeconds: 60 };
    const held = await at.assigned({ spec });
    await at.tables.advance(10_000);
    const dispatches = await at.store.dispatches(held.gatewayId);
    expect(dispatches).toMatchObject([
      {
        workerId: held.workerId,
        epoch: held.epoch,
        runId: held.runId,
        name: "exam",
        executionId: held.executionId,
        fence: 1,
        attemptPhase: "Assigned",
        stop: false,
        reason: null,
        spec: aSpec(spec),
      },
    ]);
    expect(dispatches[0]?.deadlineInMs).toBeLessThanOrEqual(50_000);
    expect(dispatches[0]?.deadlineInMs).toBeGreaterThan(40_000);
    await at.store.acceptAttempts([held]);
    expect(await at.store.dispatches(held.gatewayId)).toEqual([]);
  },

  "a gateway is told what to stop until it ended, without the spec": async (at) => {
    const held = await at.running();
    await at.cancel(held.runId);
    expect(await at.store.dispatches(held.gatewayId)).toMatchObject([
      { attemptPhase: "Running", stop: true, reason: "CancelledByUser", spec: null },
    ]);
    await at.report(held);
    expect(await at.store.dispatches(held.gatewayId)).toEqual([]);
  },

  "a gateway hears nothing of the others' workers, nor of those that moved": async (at) => {
    const held = await at.assigned();
    expect(await at.store.dispatches(randomUUID())).toEqual([]);
    const moved = await at.attach(held.workerId);
    expect(await at.store.dispatches(held.gatewayId)).toEqual([]);
    expect(await at.store.dispatches(moved.gatewayId)).toMatchObject([{ epoch: moved.epoch }]);
  },

  "a fresh stream catches up on whatever its worker holds": async (at) => {
    const held = await at.assigned();
    const { executionId } = held;
    const catchUp = () => at.store.heldByWorker(held.workerId);
    expect(await catchUp()).toMatchObject([{ executionId, attemptPhase: "Assigned" }]);
    await at.store.acceptAttempts([held]);
    expect(await catchUp()).toMatchObject([{ executionId, attemptPhase: "Running", stop: false }]);
    await at.cancel(held.runId);
    expect(await catchUp()).toMatchObject([{ executionId, stop: true, spec: null }]);
    await at.report(held);
    expect(await catchUp()).toEqual([]);
    expect(await at.store.heldByWorker(randomUUID())).toEqual([]);
  },
});
