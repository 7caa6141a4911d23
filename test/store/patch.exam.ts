import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { aRun, exitCode } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { cancelOf, deadlineOf } from "../support/store-scene.ts";
import { at as instant } from "../support/store-tables.ts";
import { exam, refused } from "./exam.ts";

const HOUR_MS = 3600_000;
const POINT_MS = limits.priorityAgeingSecondsPerPoint * 1000;
const BOUNDS = { runsMin: 10, dueMax: 10 };

export const patchOf = (runId: string, change: { priority?: number; suspend?: boolean }) => ({
  runId,
  priority: change.priority ?? null,
  suspend: change.suspend ?? null,
});
const patch = (at: StoreFixture, runId: string, change: { priority?: number; suspend?: boolean }) =>
  at.store.patchRuns([patchOf(runId, change)], null);

/** Ids at the head of the queue, in order of rank. */
async function queued(at: StoreFixture): Promise<string[]> {
  const { queue } = await at.store.placement(BOUNDS);
  const runs = queue.flatMap((shape) => shape.runs);
  return runs.sort((a, b) => a.rank - b.rank).map(({ id }) => id);
}

export const suspends = exam({
  "a run is submitted suspended: stored, but not in the queue, without a deadline": async (at) => {
    const worker = await at.ready();
    await at.store.beatGateway(worker.gatewayId, "10.0.0.1:50051");
    const run = aRun({ suspend: true, activeDeadlineSeconds: 1 });
    expect(await at.store.insertRuns([run])).toMatchObject([
      { stored: { reason: "Suspended", workerId: null, deadlineAt: null }, poked: false },
    ]);
    const row = await at.tables.run(run.id);
    expect(row).toMatchObject({
      ...{ phase: "Pending", pending_reason: "Suspended", suspended_at: row.created_at },
      deadline_at: "infinity",
    });
    expect(await at.reader.run(run.id)).toMatchObject({ reason: "Suspended", deadlineAt: null });
    expect(await queued(at)).toEqual([]);
    await at.tables.advance(HOUR_MS);
    expect(await at.store.overdueRuns(10)).toEqual([]);
    expect(await at.store.requestStops([deadlineOf(run.id)])).toEqual([]);
    expect(await at.tables.events(run.id)).toEqual(["Submitted"]);
  },

  "a suspended run takes no worker that is proposed for it": async (at) => {
    const { workerId, epoch, gatewayId } = await at.ready();
    const run = aRun({ suspend: true });
    const proposals = [{ ...{ runId: run.id, workerId, epoch }, executionId: run.id }];
    expect(await at.store.insertRuns([run], { gatewayId, proposals })).toMatchObject([
      { stored: { workerId: null, reason: "Suspended" } },
    ]);
    expect(await at.tables.worker(workerId)).toMatchObject({ phase: "Ready" });
  },

  "a waiting run is suspended, and left alone by placement, notes and deadlines": async (at) => {
    const worker = await at.ready();
    const id = await at.submit({ activeDeadlineSeconds: 60 });
    expect(await patch(at, id, { suspend: true })).toEqual([{ runId: id, dueInMs: null }]);
    expect(await queued(at)).toEqual([]);
    const pair = { runId: id, fence: 0, workerId: worker.workerId, executionId: id };
    await refused(at, () => at.store.assignRuns([pair], null));
    await at.store.noteWaiting([{ runId: id, reason: "WaitingForCapacity", message: "full" }]);
    expect(await at.tables.run(id)).toMatchObject({ pending_reason: "Suspended", message: null });
    await at.tables.advance(HOUR_MS);
    expect(await at.store.overdueRuns(10)).toEqual([]);
    expect(await at.tables.events(id)).toEqual(["Submitted", "Suspended"]);
  },

  "a resumed run is due now: its place and its deadline start anew": async (at) => {
    const id = await at.submit({ priority: 2, activeDeadlineSeconds: 60, suspend: true });
    await at.tables.advance(HOUR_MS);
    const [later] = [await at.submit()];
    expect(await patch(at, id, { suspend: false })).toEqual([{ runId: id, dueInMs: 0 }]);
    const now = await at.tables.now();
    const row = await at.tables.run(id);
    expect(row).toMatchObject({ pending_reason: "Queued", suspended_at: null });
    expect(Math.round(instant(row.queue_rank))).toBe(now - 2 * POINT_MS);
    expect(Math.round(instant(row.deadline_at) - now)).toBe(60_000);
    expect(await queued(at)).toEqual([id, later]);
    expect(await at.tables.events(id)).toEqual(["Submitted", "Resumed"]);
    await at.assign(id, await at.ready());
  },

  "a resumed run still waits for its start": async (at) => {
    const start = (await at.tables.now()) + HOUR_MS;
    const startAfter = new Date(start).toISOString();
    const id = await at.submit({ startAfter, suspend: true, activeDeadlineSeconds: 60 });
    const [resumed] = await patch(at, id, { suspend: false });
    expect(resumed?.dueInMs).toBeGreaterThan(HOUR_MS - 1000);
    const row = await at.tables.run(id);
    expect(row).toMatchObject({ pending_reason: "StartAfter" });
    expect(instant(row.queue_rank)).toBe(start);
    expect(instant(row.deadline_at)).toBe(start + 60_000);
    expect(await queued(at)).toEqual([]);
  },

  "a resumed run still waits for its backoff, and for a machine to be gone": async (at) => {
    const failed = await at.running({ spec: { backoffLimit: 1 } });
    await at.report(failed, exitCode(1));
    const lost = await at.running();
    await at.lapse();
    for (const { runId } of [failed, lost]) await patch(at, runId, { suspend: true });
    for (const { runId } of [failed, lost]) await patch(at, runId, { suspend: false });
    expect(await at.tables.run(lost.runId)).toMatchObject({
      pending_reason: "WaitingForMachineGone",
      blocked_by: lost.workerId,
    });
    const backoff = await at.running({ spec: { backoffLimit: 1 } });
    await at.report(backoff, exitCode(1));
    await patch(at, backoff.runId, { suspend: true });
    await patch(at, backoff.runId, { suspend: false });
    const row = await at.tables.run(backoff.runId);
    expect(row).toMatchObject({ pending_reason: "Backoff", queue_rank: row.not_before });
  },

  "the machine of a suspended run is gone: it stays suspended": async (at) => {
    const held = await at.running();
    await at.lapse();
    await patch(at, held.runId, { suspend: true });
    await at.store.endMachines([await at.machineEndOf(held.workerId)]);
    await at.store.unblockRuns();
    expect(await at.tables.run(held.runId)).toMatchObject({
      ...{ pending_reason: "Suspended", blocked_by: null },
    });
    expect(await patch(at, held.runId, { suspend: false })).toMatchObject([{ dueInMs: 0 }]);
  },

  "a suspended run keeps the late result of its lost attempt: an end, or no other try": async (
    at,
  ) => {
    const [good, bad] = [await at.running(), await at.running({ spec: { backoffLimit: 1 } })];
    await at.lapse();
    for (const { runId } of [good, bad]) await patch(at, runId, { suspend: true });
    const back = async (held: typeof good) => ({ ...held, ...(await at.attach(held.workerId)) });
    expect(await at.report(await back(good))).toMatchObject({ recorded: { phase: "Succeeded" } });
    expect(await at.report(await back(bad), exitCode(1))).toMatchObject({
      recorded: { phase: "Pending", queueWaits: false },
    });
    expect(await at.tables.run(good.runId)).toMatchObject({ suspended_at: null });
    expect(await at.tables.run(bad.runId)).toMatchObject({ pending_reason: "Suspended" });
  },

  "a suspended run is cancelled like any other": async (at) => {
    const id = await at.submit({ suspend: true });
    expect(await at.store.requestStops([cancelOf(id)])).toMatchObject([{ finished: true }]);
    expect(await at.tables.run(id)).toMatchObject({ phase: "Cancelled", suspended_at: null });
    expect(await at.reader.run(id)).toMatchObject({ deadlineAt: null });
  },

  "a suspended run is no reason to look at the queue": async (at) => {
    await at.submit({ suspend: true });
    expect(await at.report(await at.running())).toMatchObject({ recorded: { queueWaits: false } });
  },
});

export const patches = exam({
  "a priority moves the rank by the rule of a submit, and is told once": async (at) => {
    const [early, late] = [await at.submit({ priority: 1 }), await at.submit()];
    expect(await queued(at)).toEqual([early, late]);
    expect(await patch(at, late, { priority: 5 })).toEqual([{ runId: late, dueInMs: null }]);
    const row = await at.tables.run(late);
    expect(instant(row.created_at) - instant(row.queue_rank)).toBe(5 * POINT_MS);
    expect(row).toMatchObject({ priority: 5, pending_reason: "Queued" });
    expect(await queued(at)).toEqual([late, early]);
    expect(await at.tables.events(late)).toEqual(["Submitted", "PriorityChanged"]);
    expect((await at.reader.events(late, 1, 1))[0]).toMatchObject({ message: "from 0 to 5" });
    await patch(at, late, { priority: 0 });
    expect((await at.tables.run(late)).queue_rank).toBe(row.created_at);
  },

  "both at once, each with its event": async (at) => {
    const id = await at.submit();
    await patch(at, id, { priority: -3, suspend: true });
    expect(await at.tables.events(id)).toEqual(["Submitted", "PriorityChanged", "Suspended"]);
    await at.tables.advance(HOUR_MS);
    await patch(at, id, { priority: 1, suspend: false });
    const row = await at.tables.run(id);
    expect((await at.tables.now()) - Math.round(instant(row.queue_rank))).toBe(POINT_MS);
    expect((await at.tables.events(id)).slice(3)).toEqual(["PriorityChanged", "Resumed"]);
  },

  "refused: what is so already, sent twice too": async (at) => {
    const [id, held] = [await at.submit({ priority: 3 }), await at.submit({ suspend: true })];
    await refused(at, () => patch(at, id, { priority: 3, suspend: false }));
    await refused(at, () => patch(at, held, { suspend: true }));
  },

  "refused: a run that a worker has, and one that is final": async (at) => {
    const runs = [await at.assigned(), await at.running()].map(({ runId }) => runId);
    const done = await at.submit();
    await at.cancel(done);
    for (const id of [...runs, done]) {
      await refused(at, () => patch(at, id, { suspend: true }));
      await refused(at, () => patch(at, id, { priority: 9 }));
    }
  },
});

const pair = (runId: string, workerId: string) => {
  return { runId, fence: 0, workerId, executionId: runId };
};

/** A patch and another move of one run at once. */
export const patchRaces = exam({
  "suspend waits for assign: the worker has it": async (at) => {
    const [id, { workerId }] = [await at.submit(), await at.ready()];
    const raced = await at.race(
      (store) => store.assignRuns([pair(id, workerId)], null),
      (store) => store.patchRuns([patchOf(id, { suspend: true })], null),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ fence: 1 }], second: [] });
  },
  "assign passes by a run that is being suspended": async (at) => {
    const [id, { workerId }] = [await at.submit(), await at.ready()];
    const raced = await at.race(
      (store) => store.patchRuns([patchOf(id, { suspend: true })], null),
      (store) => store.assignRuns([pair(id, workerId)], null),
    );
    expect(raced).toMatchObject({ waited: false, second: [] });
    expect(await at.tables.worker(workerId)).toMatchObject({ phase: "Ready" });
  },
  "a priority waits for another one: it moves from where that left it": async (at) => {
    const id = await at.submit();
    const raced = await at.race(
      (store) => store.patchRuns([patchOf(id, { priority: 10 })], null),
      (store) => store.patchRuns([patchOf(id, { priority: 4 })], null),
    );
    expect(raced).toMatchObject({ waited: true, second: [{ runId: id }] });
    const row = await at.tables.run(id);
    expect(instant(row.created_at) - instant(row.queue_rank)).toBe(4 * POINT_MS);
    expect((await at.reader.events(id, 2, 1))[0]).toMatchObject({ message: "from 10 to 4" });
  },
  "suspend waits for cancel: it is final": async (at) => {
    const id = await at.submit();
    const raced = await at.race(
      (store) => store.requestStops([cancelOf(id)]),
      (store) => store.patchRuns([patchOf(id, { suspend: true })], null),
    );
    expect(raced).toMatchObject({ waited: true, second: [] });
  },
  "cancel waits for suspend: final all the same": async (at) => {
    const id = await at.submit();
    const raced = await at.race(
      (store) => store.patchRuns([patchOf(id, { suspend: true })], null),
      (store) => store.requestStops([cancelOf(id)]),
    );
    expect(raced).toMatchObject({ waited: true, second: [{ finished: true }] });
  },
  "a late result waits for suspend: no other try is made": async (at) => {
    const held = await at.running({ spec: { backoffLimit: 1 } });
    await at.lapse();
    const back = { ...held, ...(await at.attach(held.workerId)) };
    const result = await at.resultOf(back, exitCode(1));
    const raced = await at.race(
      (store) => store.patchRuns([patchOf(held.runId, { suspend: true })], null),
      (store) => store.recordResults([result]),
    );
    expect(raced).toMatchObject({ waited: true, second: [{ phase: "Pending" }] });
    expect(await at.tables.run(held.runId)).toMatchObject({ pending_reason: "Suspended" });
  },
});
