import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { closingOf } from "#core/application/close-attempt.ts";
import type { AttemptEnd } from "#core/domain/job-run/after-attempt.ts";
import type { ManualAssignment, ManualEnd } from "#core/ports/manual-attempts.ts";
import { anEnd, exitCode } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { cancelOf, deadlineOf } from "../support/store-scene.ts";
import { at as instant } from "../support/store-tables.ts";
import { exam, refused, unchanged } from "./exam.ts";

const HOUR_MS = 3600_000;
const assignmentOf = (runId: string, workerId: string = randomUUID()): ManualAssignment => {
  return { runId, workerId, executionId: randomUUID() };
};
type Assignment = ManualAssignment;

async function assigned(at: StoreFixture, spec = {}): Promise<Assignment> {
  const assignment = assignmentOf(await at.submit(spec));
  expect(await at.store.assignManually(assignment, null)).toMatchObject({ fence: 1 });
  return assignment;
}
async function started(at: StoreFixture, spec = {}): Promise<Assignment> {
  const assignment = await assigned(at, spec);
  expect(await at.store.startManually(assignment.executionId, null)).not.toBeNull();
  return assignment;
}
export async function endOf(
  at: StoreFixture,
  { executionId }: Pick<Assignment, "executionId">,
  end: AttemptEnd = anEnd(),
): Promise<ManualEnd> {
  const context = await at.store.manualAttempt(executionId);
  if (!context) throw new Error("no attempt");
  const { runId } = context;
  const closing = closingOf({ ...context, phase: "Running" }, end, 0.5);
  return { executionId, runId, logLastSeq: 0, ...closing };
}
/** A manual move that is refused: null or false, and every row as it was. */
async function nothing(at: StoreFixture, move: () => Promise<unknown>): Promise<void> {
  expect(await unchanged(at, move)).toBeFalsy();
}

export const manual = exam({
  "a run is assigned by hand: a marked attempt, a raised fence, the run's own clock": async (
    at,
  ) => {
    const { runId, workerId, executionId } = await assigned(at);
    const run = await at.tables.run(runId);
    expect(run).toMatchObject({ phase: "Assigned", fence: 1, worker_id: workerId });
    expect(await at.tables.attempt(runId)).toMatchObject({
      ...{ manual: true, phase: "Assigned", worker_id: workerId, execution_id: executionId },
      ...{ accept_deadline_at: run.deadline_at, started_at: null, ended_at: null },
    });
    expect(await at.tables.events(runId)).toEqual(["Submitted", "Assigned"]);
  },

  "refused: a run that placement would not take now": async (at) => {
    const soon = new Date((await at.tables.now()) + HOUR_MS).toISOString();
    const blocked = await at.running();
    await at.lapse();
    const done = await at.submit();
    await at.cancel(done);
    const runs = [
      ...[await at.submit({ suspend: true }), await at.submit({ startAfter: soon })],
      ...[blocked.runId, done, (await at.assigned()).runId, (await at.running()).runId],
    ];
    for (const id of [...runs, randomUUID()])
      await nothing(at, () => at.store.assignManually(assignmentOf(id), null));
  },

  "refused: a worker of this install": async (at) => {
    const { workerId } = await at.ready();
    const runId = await at.submit();
    await nothing(at, () => at.store.assignManually(assignmentOf(runId, workerId), null));
  },

  "refused: a worker that has another run": async (at) => {
    const { workerId } = await assigned(at);
    const runId = await at.submit();
    await nothing(at, () => at.store.assignManually(assignmentOf(runId, workerId), null));
  },

  "a worker that ended its run is given another one": async (at) => {
    const first = await started(at);
    await at.store.endManually(await endOf(at, first), null);
    const next = assignmentOf(await at.submit(), first.workerId);
    expect(await at.store.assignManually(next, null)).toMatchObject({ fence: 1 });
  },

  "it starts once, and says so again": async (at) => {
    const { runId, executionId } = await started(at);
    expect(await at.tables.run(runId)).toMatchObject({ phase: "Running" });
    expect(await at.tables.attempt(runId)).toMatchObject({ phase: "Running" });
    const again = await unchanged(at, () => at.store.startManually(executionId, null));
    expect(again).toEqual({ runId });
    expect(await at.tables.events(runId)).toEqual(["Submitted", "Assigned", "Started"]);
  },

  "its end is the run's": async (at) => {
    const attempt = await started(at, { ttlSecondsAfterFinished: 60 });
    const end = await endOf(at, attempt);
    expect(await at.store.endManually(end, null)).toMatchObject({ phase: "Succeeded" });
    const run = await at.tables.run(attempt.runId);
    expect(run).toMatchObject({ phase: "Succeeded", reason: "Completed", exit_code: 0 });
    expect(instant(run.expires_at) - instant(run.finished_at)).toBe(60_000);
    await nothing(at, () => at.store.endManually(end, null));
    await nothing(at, () => at.store.startManually(attempt.executionId, null));
  },

  "its failure is tried again, by whoever is ready": async (at) => {
    const attempt = await started(at, { backoffLimit: 1 });
    const failed = await endOf(at, attempt, exitCode(3));
    expect(await at.store.endManually(failed, null)).toMatchObject({
      phase: "Pending",
      waitMs: 10_000,
    });
    expect(await at.tables.attempt(attempt.runId)).toMatchObject({ phase: "Failed", exit_code: 3 });
    await at.tables.advance(10_000);
    const held = await at.assign(attempt.runId, await at.ready());
    expect(held.fence).toBe(2);
    await nothing(at, () => at.store.startManually(attempt.executionId, null));
    await nothing(at, () => at.store.endManually(failed, null));
    await at.store.acceptAttempts([held]);
    await nothing(at, () => at.store.startManually(attempt.executionId, null));
    await nothing(at, () => at.store.endManually(failed, null));
  },

  "how far it has come is kept until it ends": async (at) => {
    const { runId, executionId } = await started(at);
    const say = (percent: number, message: string | null) =>
      at.store.noteProgress(executionId, { percent, message });
    expect(await say(40, "halfway: soon")).toBe(true);
    expect(await at.tables.attempt(runId)).toMatchObject({
      progress: 40,
      message: "halfway: soon",
    });
    expect(await at.tables.events(runId)).toEqual(["Submitted", "Assigned", "Started"]);
    const query = { phase: null, timedOut: null, nameContains: "", limit: 1, offset: 0 };
    expect((await at.reader.page(query)).runs).toMatchObject([{ id: runId, progress: 40 }]);
    await at.store.endManually(await endOf(at, { executionId }), null);
    await nothing(at, () => say(100, null));
  },

  "refused: every move of an attempt that a worker has": async (at) => {
    for (const held of [await at.assigned(), await at.running()]) {
      const { executionId } = held;
      expect(await at.store.manualAttempt(executionId)).toMatchObject({ manual: false });
      await nothing(at, () => at.store.startManually(executionId, null));
      await nothing(at, () => at.store.noteProgress(executionId, { percent: 1, message: "x" }));
      const end = await endOf(at, held);
      await nothing(at, () => at.store.endManually(end, null));
    }
  },

  "refused: what was not started has no end": async (at) => {
    const end = await endOf(at, await assigned(at));
    await nothing(at, () => at.store.endManually(end, null));
  },

  "a cancel and a deadline end it at once: there is nobody to tell": async (at) => {
    for (const make of [assigned, started])
      for (const stopOf of [cancelOf, deadlineOf]) {
        const { runId, executionId } = await make(at, { activeDeadlineSeconds: 1 });
        await at.tables.advance(1000);
        expect(await at.store.overdueRuns(10)).toContain(runId);
        const stopped = await at.store.requestStops([stopOf(runId)]);
        expect(stopped).toMatchObject([{ finished: true, gatewayId: null }]);
        expect(await at.tables.attempt(runId)).toMatchObject({ phase: "Stopped" });
        await nothing(at, () => at.store.startManually(executionId, null));
      }
  },

  "the tick leaves it alone": async (at) => {
    await started(at);
    await assigned(at);
    await at.tables.advance(HOUR_MS);
    expect(await at.store.troubledAttempts(10)).toEqual([]);
  },

  "no worker accepts, beats or reports for it": async (at) => {
    const stream = await at.ready();
    const { runId, executionId } = await started(at);
    const claim = { ...stream, executionId, runId, fence: 1 };
    await refused(at, () => at.store.acceptAttempts([claim]));
    expect(await at.store.beatWorkers([{ ...stream, executions: [claim] }])).toMatchObject([
      { lost: [executionId] },
    ]);
    expect(await at.report(claim)).toEqual({ verdict: "fenced" });
  },
});

export const manualRaces = exam({
  "an assignment by hand waits for a placement: the worker has it": async (at) => {
    const [runId, { workerId }] = [await at.submit(), await at.ready()];
    const pair = { runId, fence: 0, workerId, executionId: randomUUID() };
    const raced = await at.race(
      (store) => store.assignRuns([pair], null),
      (store) => store.assignManually(assignmentOf(runId), null),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ fence: 1 }], second: null });
  },
  "a placement passes by a run that is being assigned by hand": async (at) => {
    const [runId, { workerId }] = [await at.submit(), await at.ready()];
    const pair = { runId, fence: 0, workerId, executionId: randomUUID() };
    const raced = await at.race(
      (store) => store.assignManually(assignmentOf(runId), null),
      (store) => store.assignRuns([pair], null),
    );
    expect(raced).toMatchObject({ waited: false, first: { fence: 1 }, second: [] });
  },
  "one worker is given two runs by hand at once: one": async (at) => {
    const [one, other] = [await at.submit(), await at.submit()];
    const workerId = randomUUID();
    const raced = await at.race(
      (store) => store.assignManually(assignmentOf(one, workerId), null),
      (store) => store.assignManually(assignmentOf(other, workerId), null),
    );
    expect(raced).toMatchObject({ waited: true, first: { fence: 1 }, second: null });
    expect(await at.tables.run(other)).toMatchObject({ phase: "Pending", fence: 0 });
  },
  "a start and an end by hand wait for a cancel: it is final": async (at) => {
    for (const make of [assigned, started]) {
      const attempt = await make(at);
      const end = await endOf(at, attempt);
      const raced = await at.race(
        (store) => store.requestStops([cancelOf(attempt.runId)]),
        (store) =>
          make === assigned
            ? store.startManually(attempt.executionId, null)
            : store.endManually(end, null),
      );
      expect(raced).toMatchObject({ waited: true, first: [{ finished: true }], second: null });
    }
  },
  "a cancel waits for an end by hand: it came too late": async (at) => {
    const attempt = await started(at);
    const end = await endOf(at, attempt);
    const raced = await at.race(
      (store) => store.endManually(end, null),
      (store) => store.requestStops([cancelOf(attempt.runId)]),
    );
    expect(raced).toMatchObject({ waited: true, first: { phase: "Succeeded" }, second: [] });
  },
  "two ends by hand: one is recorded": async (at) => {
    const attempt = await started(at);
    const [good, bad] = [await endOf(at, attempt), await endOf(at, attempt, exitCode(1))];
    const raced = await at.race(
      (store) => store.endManually(bad, null),
      (store) => store.endManually(good, null),
    );
    expect(raced).toMatchObject({ waited: true, first: { phase: "Failed" }, second: null });
  },
});
