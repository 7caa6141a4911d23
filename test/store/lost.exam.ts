import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { DEFAULT_TIMINGS } from "#core/domain/timings.ts";
import { exam } from "./exam.ts";
import { TROUBLE } from "./trouble.ts";

const { leaseMs, reportedLimitMs } = DEFAULT_TIMINGS;

export const lost = exam({
  "a lease over loses the attempt; AfterGone waits for the machine": async (at) => {
    const held = await TROUBLE["lease-over"](at);
    expect(await at.store.troubledAttempts(10)).toMatchObject([
      { rule: "lease-over", runId: held.runId, fence: 1, phase: "Running" },
    ]);
    expect(await at.endTroubled()).toMatchObject([
      { runId: held.runId, fence: 1, phase: "Pending", attemptPhase: "Lost", waitMs: 0 },
    ]);
    expect(await at.tables.run(held.runId)).toMatchObject({
      pending_reason: "WaitingForMachineGone",
      blocked_by: held.workerId,
      fence: 1,
    });
    expect(await at.tables.attempt(held.runId)).toMatchObject({
      phase: "Lost",
      failure: "worker-lost",
    });
    expect(await at.tables.worker(held.workerId)).toMatchObject({
      phase: "Terminating",
      reason: "LeaseOver",
      run_id: null,
    });
    expect(await at.store.unblockRuns()).toBe(0);
    await at.store.endMachines([await at.machineEndOf(held.workerId)]);
    expect(await at.store.unblockRuns()).toBe(1);
    expect(await at.tables.run(held.runId)).toMatchObject({
      blocked_by: null,
      pending_reason: "Queued",
    });
    await at.assign(held.runId, await at.ready());
    expect(await at.tables.events(held.runId)).toEqual([
      ...["Submitted", "Assigned", "Started", "AttemptLost", "Assigned"],
    ]);
  },

  "AfterLost does not wait for the machine": async (at) => {
    const held = await at.running({ spec: { replacement: "AfterLost" } });
    await at.lapse();
    expect(await at.tables.run(held.runId)).toMatchObject({
      blocked_by: null,
      pending_reason: "Queued",
    });
    await at.assign(held.runId, await at.ready());
  },

  "lost workers have a budget of their own": async (at) => {
    const spec = { infrastructureLimit: 1, replacement: "AfterLost" as const };
    const first = await at.running({ spec });
    await at.lapse();
    const second = await at.assign(first.runId, await at.ready());
    await at.store.acceptAttempts([second]);
    await at.lapse();
    expect(await at.tables.run(first.runId)).toMatchObject({
      phase: "Failed",
      reason: "InfrastructureFailure",
      blocked_by: null,
    });
  },

  "a connected worker that names its attempt no more loses it": async (at) => {
    const held = await TROUBLE.unreported(at);
    expect(await at.store.troubledAttempts(10)).toMatchObject([{ rule: "unreported" }]);
    expect(await at.endTroubled()).toMatchObject([{ attemptPhase: "Lost" }]);
    expect(await at.tables.worker(held.workerId)).toMatchObject({
      phase: "Terminating",
      reason: "AttemptUnreported",
    });
  },

  "an attempt not accepted in time returns free of charge, and its worker drains": async (at) => {
    const held = await TROUBLE["not-accepted"](at);
    await at.endTroubled();
    const run = await at.tables.run(held.runId);
    expect(run).toMatchObject({ phase: "Pending", pending_reason: "Queued", blocked_by: null });
    expect(run.not_before).toBe((await at.tables.attempt(held.runId)).ended_at);
    expect(run.queue_rank).toBe(run.created_at);
    expect(await at.tables.attempt(held.runId)).toMatchObject({
      phase: "Returned",
      failure: "dispatch",
      started_at: null,
    });
    expect(await at.tables.worker(held.workerId)).toMatchObject({
      phase: "Draining",
      reason: "NotAccepting",
      run_id: null,
    });
    expect(await at.tables.events(held.runId)).toEqual([
      ...["Submitted", "Assigned", "AttemptReturned"],
    ]);
  },

  "a refused attempt returns free of charge, and its worker drains": async (at) => {
    const held = await at.assigned();
    expect(await at.store.endAttempts([await at.closingOf(held, "refused")])).toMatchObject([
      { attemptPhase: "Returned", phase: "Pending" },
    ]);
    expect(await at.tables.worker(held.workerId)).toMatchObject({
      phase: "Draining",
      reason: "Refused",
    });
  },

  "returns are bounded": async (at) => {
    const held = await at.assigned();
    await at.tables.plant(
      `insert into hodei.attempt (run_id, fence, execution_id, worker_id, phase, failure,
         assigned_at, accept_deadline_at, ended_at)
       select $1, n, gen_random_uuid(), gen_random_uuid(), 'Returned', 'dispatch', now(), now(), now()
       from generate_series(2, $2::integer) n`,
      [held.runId, limits.dispatchLimit + 1],
    );
    await at.tables.plant("update hodei.attempt set fence = $2 where run_id = $1 and fence = 1", [
      held.runId,
      limits.dispatchLimit + 2,
    ]);
    await at.tables.plant("update hodei.worker set run_fence = $2 where id = $1", [
      held.workerId,
      limits.dispatchLimit + 2,
    ]);
    await at.tables.plant("update hodei.run set fence = $2 where id = $1", [
      held.runId,
      limits.dispatchLimit + 2,
    ]);
    const newest = { ...held, fence: limits.dispatchLimit + 2 };
    await at.store.endAttempts([await at.closingOf(newest, "refused")]);
    expect(await at.tables.run(held.runId)).toMatchObject({
      phase: "Failed",
      reason: "DispatchFailure",
    });
  },

  "an unaccepted attempt of a lost worker returns free of charge": async (at) => {
    const held = await at.assigned();
    await at.tables.advance(leaseMs);
    expect(await at.store.troubledAttempts(10)).toMatchObject([{ rule: "lease-over" }]);
    await at.endTroubled();
    expect(await at.tables.attempt(held.runId)).toMatchObject({ phase: "Returned" });
    expect(await at.tables.run(held.runId)).toMatchObject({ blocked_by: null });
    expect(await at.tables.worker(held.workerId)).toMatchObject({ phase: "Terminating" });
  },

  "who lives, names his attempt and is in time has no trouble": async (at) => {
    const held = await at.running({ spec: { attemptTimeoutSeconds: 3600 } });
    await at.assigned();
    for (let passed = 0; passed < 2 * reportedLimitMs; passed += leaseMs - 1_000) {
      await at.beat(held, [held]);
      const troubled = await at.store.troubledAttempts(10);
      expect(troubled.filter(({ runId }) => runId === held.runId)).toEqual([]);
      await at.tables.advance(leaseMs - 1_000);
    }
  },

  "only so many as asked for": async (at) => {
    await at.running();
    await at.running();
    await at.tables.advance(leaseMs);
    expect(await at.store.troubledAttempts(1)).toHaveLength(1);
  },

  "budgets are counted from the attempts before": async (at) => {
    const held = await at.running({ spec: { backoffLimit: 5, replacement: "AfterLost" } });
    await at.report(held, { failure: "app", exitCode: 1, signal: null, detail: null });
    await at.tables.advance(10_000);
    await at.beat(held);
    const second = await at.assign(held.runId, held);
    await at.store.acceptAttempts([second]);
    await at.lapse();
    const third = await at.assign(held.runId, await at.ready());
    expect(await at.store.attemptContexts([third.executionId])).toMatchObject([
      { fence: 3, phase: "Assigned", history: { charged: 1, workerLost: 1, returned: 0 } },
    ]);
    expect(await at.store.heldAttempts([third.workerId, held.workerId])).toMatchObject([
      { executionId: third.executionId, policy: { backoffLimit: 5, replacement: "AfterLost" } },
    ]);
    expect(await at.store.attemptContexts([randomUUID()])).toEqual([]);
  },
});
