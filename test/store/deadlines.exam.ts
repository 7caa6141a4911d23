import { expect } from "vitest";
import { DEFAULT_TIMINGS } from "#core/domain/timings.ts";
import { cancelOf, deadlineOf } from "../support/store-scene.ts";
import { exam, refused } from "./exam.ts";

const spec = { activeDeadlineSeconds: 60, terminationGracePeriodSeconds: 10 };

export const deadlines = exam({
  "a waiting run past its deadline fails": async (at) => {
    const id = await at.submit(spec);
    await at.tables.advance(60_000);
    expect(await at.store.overdueRuns(10)).toEqual([id]);
    expect(await at.store.requestStops([deadlineOf(id)])).toMatchObject([{ finished: true }]);
    expect(await at.tables.run(id)).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
    expect(await at.store.overdueRuns(10)).toEqual([]);
  },

  "nobody is stopped before the deadline": async (at) => {
    const id = await at.submit(spec);
    await at.tables.advance(59_000);
    expect(await at.store.overdueRuns(10)).toEqual([]);
    await refused(at, () => at.store.requestStops([deadlineOf(id)]));
  },

  "a cancel in the same batch does not let an early deadline through": async (at) => {
    const id = await at.submit(spec);
    await at.store.requestStops([deadlineOf(id), cancelOf(id), deadlineOf(id)]);
    expect(await at.tables.run(id)).toMatchObject({
      phase: "Cancelled",
      reason: "CancelledByUser",
    });
  },

  "the earliest come first, as many as asked for; final and stopping ones never": async (at) => {
    const late = await at.submit({ activeDeadlineSeconds: 20 });
    const early = await at.submit({ activeDeadlineSeconds: 10 });
    const cancelled = await at.submit({ activeDeadlineSeconds: 5 });
    await at.cancel(cancelled);
    const stopping = await at.running({ spec: { activeDeadlineSeconds: 5 } });
    await at.cancel(stopping.runId);
    await at.tables.advance(21_000);
    expect(await at.store.overdueRuns(10)).toEqual([early, late]);
    expect(await at.store.overdueRuns(1)).toEqual([early]);
  },

  "a running run is told to stop, and its result makes it Failed(DeadlineExceeded)": async (at) => {
    const held = await at.running({ spec });
    await at.tables.advance(60_000);
    expect(await at.store.requestStops([deadlineOf(held.runId)])).toMatchObject([
      { finished: false },
    ]);
    await at.report(held, { failure: "stopped", exitCode: null, signal: "SIGTERM", detail: null });
    expect(await at.tables.run(held.runId)).toMatchObject({
      phase: "Failed",
      reason: "DeadlineExceeded",
    });
    expect(await at.tables.attempt(held.runId)).toMatchObject({ phase: "Stopped" });
  },

  "a worker that does not stop in time loses the attempt": async (at) => {
    const held = await at.running({ spec });
    await at.tables.advance(30_000);
    await at.beat(held, [held]);
    await at.cancel(held.runId);
    const patience = 10_000 + DEFAULT_TIMINGS.stopMarginMs;
    await at.tables.advance(patience - 1_000);
    await at.beat(held, [held]);
    expect(await at.endTroubled()).toEqual([]);
    await at.tables.advance(1_000);
    expect(await at.store.troubledAttempts(10)).toMatchObject([{ rule: "stop-overdue" }]);
    await at.endTroubled();
    expect(await at.tables.run(held.runId)).toMatchObject({ phase: "Cancelled" });
    expect(await at.tables.attempt(held.runId)).toMatchObject({ phase: "Stopped" });
    expect(await at.tables.worker(held.workerId)).toMatchObject({
      phase: "Terminating",
      reason: "StopOverdue",
      run_id: null,
    });
  },

  "an attempt past its own timeout is ended by the tick, and charged": async (at) => {
    const held = await at.running({ spec: { attemptTimeoutSeconds: 20, backoffLimit: 1 } });
    const patience = 20_000 + 10_000 + DEFAULT_TIMINGS.stopMarginMs;
    await at.tables.advance(patience - 1_000);
    await at.beat(held, [held]);
    expect(await at.endTroubled()).toEqual([]);
    await at.tables.advance(1_000);
    expect(await at.endTroubled()).toMatchObject([{ attemptPhase: "Failed", phase: "Pending" }]);
    expect(await at.tables.attempt(held.runId)).toMatchObject({ failure: "timeout" });
    expect(await at.tables.worker(held.workerId)).toMatchObject({ phase: "Terminating" });
  },
});
