import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { DEFAULT_TIMINGS } from "#core/domain/timings.ts";
import type { Pair } from "#core/ports/control-store.ts";
import { exitCode } from "../support/factories.ts";
import { cancelOf, endOf, type Stream } from "../support/store-scene.ts";
import { exam } from "./exam.ts";

const pair = (runId: string, { workerId }: Stream, fence = 0): Pair => ({
  runId,
  fence,
  workerId,
  executionId: randomUUID(),
});

/** What happens when the second statement waits for the first one's rows: runs and attempts. */
export const races = exam({
  "cancel waits for accept: the run is stopped while it runs": async (at) => {
    const held = await at.assigned();
    const raced = await at.race(
      (store) => store.acceptAttempts([held]),
      (store) => store.requestStops([cancelOf(held.runId)]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ again: false }] });
    expect(raced.second).toMatchObject([{ finished: false }]);
    expect(await at.tables.run(held.runId)).toMatchObject({ phase: "Running" });
  },
  "accept waits for cancel: nothing starts": async (at) => {
    const held = await at.assigned();
    const raced = await at.race(
      (store) => store.requestStops([cancelOf(held.runId)]),
      (store) => store.acceptAttempts([held]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ finished: true }], second: [] });
    expect(await at.tables.attempt(held.runId)).toMatchObject({ phase: "Stopped" });
  },
  "a repeated accept waits for cancel: it is not answered": async (at) => {
    const held = await at.running();
    const raced = await at.race(
      (store) => store.requestStops([cancelOf(held.runId)]),
      (store) => store.acceptAttempts([held]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ finished: false }], second: [] });
  },

  "result waits for cancel: the verdict stands": async (at) => {
    const held = await at.running();
    const result = await at.resultOf(held);
    const raced = await at.race(
      (store) => store.requestStops([cancelOf(held.runId)]),
      (store) => store.recordResults([result]),
    );
    expect(raced).toMatchObject({ waited: true, second: [{ phase: "Cancelled" }] });
    expect(await at.tables.run(held.runId)).toMatchObject({
      phase: "Cancelled",
      reason: "CancelledByUser",
      message: "no longer needed",
    });
  },
  "cancel waits for result: it came too late": async (at) => {
    const held = await at.running();
    const result = await at.resultOf(held);
    const raced = await at.race(
      (store) => store.recordResults([result]),
      (store) => store.requestStops([cancelOf(held.runId)]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ phase: "Succeeded" }], second: [] });
    expect(await at.tables.run(held.runId)).toMatchObject({ verdict_phase: null });
  },
  "cancel waits for a failed result: the next try is not made": async (at) => {
    const held = await at.running({ spec: { backoffLimit: 1 } });
    const result = await at.resultOf(held, exitCode(1));
    const raced = await at.race(
      (store) => store.recordResults([result]),
      (store) => store.requestStops([cancelOf(held.runId)]),
    );
    expect(raced).toMatchObject({ first: [{ phase: "Pending" }], second: [{ finished: true }] });
    expect(await at.tables.run(held.runId)).toMatchObject({ phase: "Cancelled" });
  },

  "two results: one is recorded": async (at) => {
    const held = await at.running();
    const [good, bad] = [await at.resultOf(held), await at.resultOf(held, exitCode(1))];
    const raced = await at.race(
      (store) => store.recordResults([bad]),
      (store) => store.recordResults([good]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ phase: "Failed" }], second: [] });
    expect(await at.tables.attempt(held.runId)).toMatchObject({ result_id: bad.resultId });
  },

  "result waits for the loss of its attempt: salvaged": async (at) => {
    const held = await at.running();
    const result = await at.resultOf(held);
    await at.tables.advance(DEFAULT_TIMINGS.leaseMs);
    const closing = await at.closingOf(held, "lease-over");
    const raced = await at.race(
      (store) => store.endAttempts([closing]),
      (store) => store.recordResults([result]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ phase: "Pending" }] });
    expect(raced.second).toMatchObject([{ phase: "Succeeded", workerPhase: null }]);
  },
  "result waits for the loss of its attempt and the next one: fenced": async (at) => {
    const held = await at.running({ spec: { replacement: "AfterLost" } });
    const result = await at.resultOf(held);
    await at.tables.advance(DEFAULT_TIMINGS.leaseMs);
    const heir = await at.ready();
    const closing = await at.closingOf(held, "lease-over");
    const raced = await at.race(
      async (store) => {
        await store.endAttempts([closing]);
        return store.assignRuns([pair(held.runId, heir, 1)], null);
      },
      (store) => store.recordResults([result]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ fence: 2 }], second: [] });
    expect(await at.tables.run(held.runId)).toMatchObject({ phase: "Assigned", fence: 2 });
    expect(await at.tables.attempt(held.runId)).toMatchObject({ phase: "Lost" });
  },
  "loss waits for result: nothing was lost": async (at) => {
    const held = await at.running();
    const result = await at.resultOf(held);
    await at.tables.advance(DEFAULT_TIMINGS.leaseMs);
    const closing = await at.closingOf(held, "lease-over");
    const raced = await at.race(
      (store) => store.recordResults([result]),
      (store) => store.endAttempts([closing]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ phase: "Succeeded" }], second: [] });
  },

  "accept waits for the return of its attempt: nothing starts": async (at) => {
    const held = await at.assigned();
    await at.tables.advance(DEFAULT_TIMINGS.acceptDeadlineMs);
    const closing = await at.closingOf(held, "not-accepted");
    const raced = await at.race(
      (store) => store.endAttempts([closing]),
      (store) => store.acceptAttempts([held]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ phase: "Pending" }], second: [] });
    expect(await at.tables.attempt(held.runId)).toMatchObject({ phase: "Returned" });
  },
  "return and loss wait for accept: decided for an attempt that had not started": async (at) => {
    for (const rule of ["not-accepted", "lease-over"] as const) {
      const held = await at.assigned();
      await at.tables.advance(DEFAULT_TIMINGS.leaseMs);
      const closing = await at.closingOf(held, rule);
      const raced = await at.race(
        (store) => store.acceptAttempts([held]),
        (store) => store.endAttempts([closing]),
      );
      expect(raced).toMatchObject({ waited: true, second: [] });
      expect(await at.tables.run(held.runId)).toMatchObject({ phase: "Running" });
    }
  },

  "cancel waits for assign: asked again it finds the attempt": async (at) => {
    const [runId, worker] = [await at.submit(), await at.ready()];
    const raced = await at.race(
      (store) => store.assignRuns([pair(runId, worker)], null),
      (store) => store.requestStops([cancelOf(runId)]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ fence: 1 }], second: [] });
    expect(await at.cancel(runId)).toMatchObject([{ finished: true }]);
    expect(await at.tables.worker(worker.workerId)).toMatchObject({ phase: "Ready" });
  },
  "assign passes by a run that is being cancelled": async (at) => {
    const [runId, worker] = [await at.submit(), await at.ready()];
    const raced = await at.race(
      (store) => store.requestStops([cancelOf(runId)]),
      (store) => store.assignRuns([pair(runId, worker)], null),
    );
    expect(raced).toMatchObject({ waited: false, second: [] });
    expect(await at.tables.worker(worker.workerId)).toMatchObject({ phase: "Ready" });
  },
  "two placements of one run, of one worker: one each, without waiting": async (at) => {
    const [one, other, third] = [await at.submit(), await at.submit(), await at.submit()];
    const [left, right] = [await at.ready(), await at.ready()];
    const sameRun = await at.race(
      (store) => store.assignRuns([pair(one, left)], null),
      (store) => store.assignRuns([pair(one, right)], null),
    );
    expect(sameRun).toMatchObject({ waited: false, first: [{ fence: 1 }], second: [] });
    const sameWorker = await at.race(
      (store) => store.assignRuns([pair(other, right)], null),
      (store) => store.assignRuns([pair(third, right)], null),
    );
    expect(sameWorker).toMatchObject({ waited: false, first: [{ fence: 1 }], second: [] });
  },

  "the end of an idle worker waits for assign: it is idle no more": async (at) => {
    const [runId, worker] = [await at.submit(), await at.ready()];
    const raced = await at.race(
      (store) => store.assignRuns([pair(runId, worker)], null),
      (store) => store.endWorkers([endOf(worker.workerId, "idle")]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ fence: 1 }], second: [] });
  },
  "assign passes by a worker that is being ended": async (at) => {
    const [runId, worker] = [await at.submit(), await at.ready()];
    const raced = await at.race(
      (store) => store.endWorkers([endOf(worker.workerId, "idle")]),
      (store) => store.assignRuns([pair(runId, worker)], null),
    );
    expect(raced).toMatchObject({ waited: false, first: [{ phase: "Terminating" }], second: [] });
    expect(await at.tables.run(runId)).toMatchObject({ phase: "Pending" });
  },

  "loss waits for a heartbeat: the lease lives": async (at) => {
    const held = await at.running();
    await at.tables.advance(DEFAULT_TIMINGS.leaseMs);
    const closing = await at.closingOf(held, "lease-over");
    const raced = await at.race(
      (store) => store.beatWorkers([{ ...held, executions: [held] }]),
      (store) => store.endAttempts([closing]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ phase: "Busy" }], second: [] });
  },
  "a heartbeat waits for the loss: its worker is leaving, without a lease": async (at) => {
    const held = await at.running();
    await at.tables.advance(DEFAULT_TIMINGS.leaseMs);
    const closing = await at.closingOf(held, "lease-over");
    const { reported_at } = await at.tables.attempt(held.runId);
    const { lease_expires_at } = await at.tables.worker(held.workerId);
    const raced = await at.race(
      (store) => store.endAttempts([closing]),
      (store) => store.beatWorkers([{ ...held, executions: [held] }]),
    );
    expect(raced).toMatchObject({ waited: true, second: [{ phase: "Terminating" }] });
    expect(await at.tables.attempt(held.runId)).toMatchObject({ phase: "Lost", reported_at });
    expect(await at.tables.worker(held.workerId)).toMatchObject({ lease_expires_at });
  },
  "heartbeat and result, in both orders": async (at) => {
    const held = await at.running();
    const beat = { ...held, executions: [held] };
    const result = await at.resultOf(held);
    const later = await at.race(
      (store) => store.beatWorkers([beat]),
      (store) => store.recordResults([result]),
    );
    expect(later).toMatchObject({ waited: true, second: [{ phase: "Succeeded" }] });
    const second = await at.assign(await at.submit(), held);
    await at.store.acceptAttempts([second]);
    const next = await at.resultOf(second);
    const { reported_at } = await at.tables.attempt(second.runId);
    const earlier = await at.race(
      (store) => store.recordResults([next]),
      (store) => store.beatWorkers([{ ...second, executions: [second] }]),
    );
    expect(earlier).toMatchObject({ waited: true, second: [{ phase: "Ready" }] });
    expect(await at.tables.attempt(second.runId)).toMatchObject({
      phase: "Succeeded",
      reported_at,
    });
  },

  "result waits for the end of its machine: fenced": async (at) => {
    const held = await at.running();
    const [result, gone] = [await at.resultOf(held), await at.machineEndOf(held.workerId)];
    const raced = await at.race(
      (store) => store.endMachines([gone]),
      (store) => store.recordResults([result]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ phase: "Pending" }], second: [] });
    expect(await at.tables.attempt(held.runId)).toMatchObject({ phase: "Lost", result_id: null });
  },
  "the end of a machine waits for the result: looked at again": async (at) => {
    const held = await at.running();
    const [result, gone] = [await at.resultOf(held), await at.machineEndOf(held.workerId)];
    const raced = await at.race(
      (store) => store.recordResults([result]),
      (store) => store.endMachines([gone]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ phase: "Succeeded" }], second: [] });
    expect(await at.store.endMachines([await at.machineEndOf(held.workerId)])).toHaveLength(1);
  },
  "the end of a machine waits for assign: the attempt is not orphaned": async (at) => {
    const [runId, worker] = [await at.submit(), await at.ready()];
    const gone = await at.machineEndOf(worker.workerId);
    const raced = await at.race(
      (store) => store.assignRuns([pair(runId, worker)], null),
      (store) => store.endMachines([gone]),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ fence: 1 }], second: [] });
  },
});
