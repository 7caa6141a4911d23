import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { ResultRecord } from "#core/ports/control-store.ts";
import { anEnd, exitCode } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { endOf, type Held } from "../support/store-scene.ts";
import { at as instant } from "../support/store-tables.ts";
import { exam, refused, unchanged } from "./exam.ts";

/** A result that would be recorded now; `spoil` changes one thing in the rows or the claim. */
async function spoiled(
  at: StoreFixture,
  spoil: (held: Held) => Promise<unknown>,
  claim: Partial<ResultRecord> = {},
): Promise<void> {
  const held = await at.running();
  const result = await at.resultOf(held);
  await spoil(held);
  await refused(at, () => at.store.recordResults([{ ...result, ...claim }]));
}
const nothing = async () => {};
const plant = (at: StoreFixture, sql: string) => (held: Held) => at.tables.plant(sql, [held.runId]);
const retrying = { spec: { backoffLimit: 3 } };

export const results = exam({
  "exit 0 makes the run Succeeded and frees the worker": async (at) => {
    const held = await at.running({ spec: { ttlSecondsAfterFinished: 30 } });
    await at.tables.advance(2_000);
    const result = { ...(await at.resultOf(held)), logLastSeq: 7 };
    const [recorded] = await at.store.recordResults([result]);
    expect(recorded).toMatchObject({
      executionId: held.executionId,
      runId: held.runId,
      phase: "Succeeded",
      reason: "Completed",
      waitMs: 0,
      workerPhase: "Ready",
    });
    expect(recorded?.ranMs).toBeGreaterThanOrEqual(2_000);
    const run = await at.tables.run(held.runId);
    expect(run).toMatchObject({ phase: "Succeeded", reason: "Completed", exit_code: 0 });
    expect(instant(run.expires_at) - instant(run.finished_at)).toBe(30_000);
    expect(await at.tables.attempt(held.runId)).toMatchObject({
      phase: "Succeeded",
      failure: null,
      exit_code: 0,
      result_id: result.resultId,
      log_last_seq: 7,
      ended_at: run.finished_at,
    });
    expect(await at.tables.worker(held.workerId)).toMatchObject({
      phase: "Ready",
      run_id: null,
      run_fence: null,
      idle_since: run.finished_at,
    });
    expect(await at.tables.events(held.runId)).toEqual([
      ...["Submitted", "Assigned", "Started"],
      ...["AttemptSucceeded", "Finished"],
    ]);
  },

  "without retries a failure is final": async (at) => {
    const held = await at.running();
    expect(await at.report(held, exitCode(3))).toMatchObject({
      recorded: { phase: "Failed", reason: "BackoffLimitExceeded" },
    });
    expect(await at.tables.run(held.runId)).toMatchObject({ exit_code: 3, blocked_by: null });
  },

  "failures wait 10 s, 20 s, …, counted from the end, and keep their place by rank": async (at) => {
    const first = await at.running({ spec: { backoffLimit: 2, priority: 1 } });
    for (const [fence, wait] of [
      [1, 10_000],
      [2, 20_000],
    ] as const) {
      const held = fence === 1 ? first : await restart(at, first);
      expect(await at.report(held, exitCode(1))).toMatchObject({
        recorded: { phase: "Pending", waitMs: wait },
      });
      const run = await at.tables.run(first.runId);
      const { ended_at } = await at.tables.attempt(first.runId, fence);
      expect(run).toMatchObject({ pending_reason: "Backoff", exit_code: null, blocked_by: null });
      expect(instant(run.not_before) - instant(ended_at)).toBe(wait);
      expect(instant(run.not_before) - instant(run.queue_rank)).toBe(30_000);
      await at.tables.advance(wait);
    }
    await at.report(await restart(at, first), exitCode(9));
    expect(await at.tables.run(first.runId)).toMatchObject({
      phase: "Failed",
      reason: "BackoffLimitExceeded",
      exit_code: 9,
      fence: 3,
    });
  },

  "the same result again is a duplicate, another one for it is fenced": async (at) => {
    const held = await at.running();
    const resultId = randomUUID();
    expect(await at.report(held, anEnd(), resultId)).toMatchObject({ verdict: "accepted" });
    for (const [id, verdict] of [
      [resultId, "duplicate"],
      [randomUUID(), "fenced"],
    ] as const)
      expect(await unchanged(at, () => at.report(held, exitCode(1), id))).toEqual({ verdict });
  },

  "the same record again is refused": async (at) => {
    const held = await at.running(retrying);
    const result = await at.resultOf(held, exitCode(1));
    expect(await at.store.recordResults([result])).toHaveLength(1);
    await refused(at, () => at.store.recordResults([result]));
  },

  "the late result of an old fence is fenced, and touches nothing of its successor": async (at) => {
    const old = await at.running({ spec: { replacement: "AfterLost" } });
    const late = await at.resultOf(old);
    await at.lapse();
    const stream = await at.attach(old.workerId);
    const heir = await at.assign(old.runId, await at.ready());
    await at.store.acceptAttempts([heir]);
    await refused(at, () => at.store.recordResults([{ ...late, ...stream }]));
    expect(await at.report({ ...old, ...stream })).toEqual({ verdict: "fenced" });
    expect(await at.report(heir)).toMatchObject({ recorded: { phase: "Succeeded" } });
  },

  "the late result of an old fence is refused in the batch of its successor's result too": async (
    at,
  ) => {
    const old = await at.running({ spec: { replacement: "AfterLost" } });
    const late = await at.resultOf(old);
    await at.lapse();
    const stream = await at.attach(old.workerId);
    const heir = await at.assign(old.runId, await at.ready());
    await at.store.acceptAttempts([heir]);
    const result = await at.resultOf(heir, exitCode(1));
    const recorded = await at.store.recordResults([{ ...late, ...stream }, result]);
    expect(recorded.map(({ executionId }) => executionId)).toEqual([heir.executionId]);
    expect(await at.tables.attempt(old.runId, 1)).toMatchObject({ phase: "Lost" });
    expect(await at.tables.attempt(old.runId, 2)).toMatchObject({ phase: "Failed", exit_code: 1 });
    expect(await at.tables.run(old.runId)).toMatchObject({ phase: "Failed", exit_code: 1 });
  },

  "one result in one batch twice, by the old and the new stream: the new one counts": async (
    at,
  ) => {
    const held = await at.running();
    const old = await at.resultOf(held, exitCode(1));
    const stream = await at.attach(held.workerId);
    const fresh = { ...(await at.resultOf(held)), ...stream };
    await at.store.recordResults([old, fresh, old]);
    expect(await at.tables.attempt(held.runId)).toMatchObject({
      phase: "Succeeded",
      result_id: fresh.resultId,
    });
  },

  "the result of a lost attempt is salvaged while no newer one exists": async (at) => {
    const held = await at.running();
    await at.lapse();
    expect(await at.tables.run(held.runId)).toMatchObject({
      phase: "Pending",
      blocked_by: held.workerId,
    });
    const { ended_at } = await at.tables.attempt(held.runId);
    await at.tables.advance(1_000);
    const back = { ...held, ...(await at.attach(held.workerId)) };
    expect(await at.report(back)).toMatchObject({
      verdict: "accepted",
      recorded: { phase: "Succeeded", workerPhase: null },
    });
    expect(await at.tables.attempt(held.runId)).toMatchObject({ phase: "Succeeded", ended_at });
    expect(await at.tables.run(held.runId)).toMatchObject({ blocked_by: null });
    expect(await at.tables.worker(held.workerId)).toMatchObject({ phase: "Terminating" });
    expect(await at.report(back, exitCode(1))).toEqual({ verdict: "fenced" });
  },

  "a salvaged failure is charged and unblocks the next try": async (at) => {
    const held = await at.running(retrying);
    await at.lapse();
    const back = { ...held, ...(await at.attach(held.workerId)) };
    expect(await at.report(back, exitCode(1))).toMatchObject({
      recorded: { phase: "Pending", waitMs: 10_000 },
    });
    expect(await at.tables.run(held.runId)).toMatchObject({
      blocked_by: null,
      pending_reason: "Backoff",
    });
    expect(await at.tables.attempt(held.runId)).toMatchObject({ phase: "Failed", failure: "app" });
  },

  "a worker that reports its own loss leaves, and that word stands": async (at) => {
    const held = await at.running();
    const leaving = anEnd({ failure: "worker-lost", exitCode: null, detail: "interrupted" });
    const resultId = randomUUID();
    expect(await at.report(held, leaving, resultId)).toMatchObject({
      recorded: { phase: "Pending", workerPhase: "Draining" },
    });
    expect(await at.tables.attempt(held.runId)).toMatchObject({ phase: "Lost" });
    expect(await at.tables.run(held.runId)).toMatchObject({ blocked_by: held.workerId });
    expect(await at.report(held, leaving, resultId)).toEqual({ verdict: "duplicate" });
    expect(await unchanged(at, () => at.report(held))).toEqual({ verdict: "fenced" });
  },

  "nothing is salvaged after a cancel": async (at) => {
    const held = await at.running();
    await at.lapse();
    const back = { ...held, ...(await at.attach(held.workerId)) };
    await at.cancel(held.runId);
    expect(await unchanged(at, () => at.report(back))).toEqual({ verdict: "fenced" });
  },

  "a superseded stream is told nothing while its attempt still waits for the result": async (
    at,
  ) => {
    const held = await at.running();
    await at.attach(held.workerId);
    expect(await unchanged(at, () => at.report(held))).toEqual({ verdict: "retry" });
    await at.lapse(); // lost, and can still be salvaged through the new stream
    expect(await unchanged(at, () => at.report(held))).toEqual({ verdict: "retry" });
    await at.cancel(held.runId);
    expect(await at.report(held)).toEqual({ verdict: "fenced" });
  },

  "the verdict of nobody's result is fenced": async (at) => {
    const held = await at.running();
    for (const claim of [{ executionId: randomUUID() }, { workerId: randomUUID() }, { fence: 2 }])
      expect(await at.report({ ...held, ...claim })).toEqual({ verdict: "fenced" });
  },

  "refused: from an old session epoch": (at) => spoiled(at, (held) => at.attach(held.workerId)),
  "refused: with another fence": (at) => spoiled(at, nothing, { fence: 2 }),
  "refused: by another worker": (at) => spoiled(at, nothing, { workerId: randomUUID() }),
  "a run id that is not the execution's proves nothing": async (at) => {
    const [mine, other] = [await at.running(), await at.running()];
    const result = { ...(await at.resultOf(mine)), runId: other.runId };
    await refused(at, () => at.store.recordResults([result]));
  },
  "a result that does not know its run is found by its execution": async (at) => {
    const { runId, ...result } = await at.resultOf(await at.running());
    expect(await at.store.recordResults([result])).toMatchObject([{ runId }]);
  },
  "a result says whether runs wait": async (at) => {
    const [first, second] = [await at.running(), await at.running()];
    const waits = async (held: Held) =>
      (await at.store.recordResults([await at.resultOf(held)]))[0]?.queueWaits;
    expect(await waits(first)).toBe(false);
    await at.submit();
    expect(await waits(second)).toBe(true);
  },
  "refused: for an execution nobody knows": (at) =>
    spoiled(at, nothing, { executionId: randomUUID() }),
  "refused: before the accept": async (at) => {
    const held = await at.assigned();
    const result = await at.resultOf(held);
    await refused(at, () => at.store.recordResults([result]));
    expect(await unchanged(at, () => at.report(held))).toEqual({ verdict: "fenced" });
  },
  "refused: when only the run's fence moved on": (at) =>
    spoiled(at, plant(at, "update hodei.run set fence = 2 where id = $1")),
  "refused: when only the run's phase moved on": (at) =>
    spoiled(at, plant(at, "update hodei.run set phase = 'Assigned' where id = $1")),
  "refused: when only the attempt ended": (at) =>
    spoiled(
      at,
      plant(
        at,
        `update hodei.attempt set phase = 'Failed', failure = 'timeout', ended_at = now()
          where run_id = $1`,
      ),
    ),
  "refused: when only the worker went": (at) =>
    spoiled(
      at,
      plant(
        at,
        `update hodei.worker set phase = 'Terminated', terminated_at = now(), run_id = null,
          run_fence = null where run_id = $1`,
      ),
    ),
});

async function restart(at: StoreFixture, worker: Held): Promise<Held> {
  await at.beat(worker);
  const held = await at.assign(worker.runId, worker);
  await at.store.acceptAttempts([held]);
  return held;
}

/** The phase a worker is in after one attempt of a run. */
async function afterOne(at: StoreFixture, held: Held) {
  await at.report(held);
  const { phase, reason, run_id } = await at.tables.worker(held.workerId);
  return { phase, reason, run_id };
}
const wornOut = { phase: "Draining", reason: "WornOut", run_id: null };

export const wear = exam({
  "a worker drains after its last allowed attempt": async (at) => {
    const held = await at.running({ worker: { maxRuns: 2 } });
    expect(await afterOne(at, held)).toMatchObject({ phase: "Ready" });
    const again = await at.assign(await at.submit(), held);
    await at.store.acceptAttempts([again]);
    expect(await afterOne(at, again)).toEqual(wornOut);
  },
  "a worker drains after the attempt during which it came of age": async (at) => {
    const held = await at.running({ worker: { maxAgeMs: 30_000 } });
    await at.tables.advance(31_000);
    expect(await afterOne(at, held)).toEqual(wornOut);
  },
  "a dedicated worker drains after its run": async (at) => {
    const runId = await at.submit({ dedicatedWorker: true });
    const held = await at.assign(runId, await at.ready({ dedicatedRunId: runId }));
    await at.store.acceptAttempts([held]);
    expect(await afterOne(at, held)).toEqual(wornOut);
  },
  "a leaving worker stays so after its attempt, and holds nothing": async (at) => {
    const held = await at.running();
    await at.store.endWorkers([endOf(held.workerId, "leaving")]);
    expect(await afterOne(at, held)).toEqual({
      phase: "Draining",
      reason: "because leaving",
      run_id: null,
    });
  },
  "a salvaged result leaves the run that its worker took since alone": async (at) => {
    const held = await at.running();
    await at.lapse();
    const back = { ...held, ...(await at.attach(held.workerId)) };
    const other = await at.submit();
    await at.tables.plant(
      "update hodei.worker set phase = 'Busy', run_id = $2, run_fence = 1 where id = $1",
      [held.workerId, other],
    );
    expect(await at.report(back)).toMatchObject({ verdict: "accepted" });
    expect(await at.tables.worker(held.workerId)).toMatchObject({ phase: "Busy", run_id: other });
  },
});
