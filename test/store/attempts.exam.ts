import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { DEFAULT_TIMINGS } from "#core/domain/timings.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { endOf, type Held } from "../support/store-scene.ts";
import { at as instant } from "../support/store-tables.ts";
import { exam, refused, unchanged } from "./exam.ts";

/** An accept that would be taken now; `spoil` changes one thing in the rows or the claim. */
async function spoiled(
  at: StoreFixture,
  spoil: (held: Held) => Promise<unknown>,
  claim: Partial<Held> = {},
): Promise<void> {
  const held = await at.assigned();
  await spoil(held);
  await refused(at, () => at.store.acceptAttempts([{ ...held, ...claim }]));
}
const nothing = async () => {};

export const accepts = exam({
  "an accept starts the run, with a clock for its attempt": async (at) => {
    const spec = { attemptTimeoutSeconds: 60, terminationGracePeriodSeconds: 10 };
    const held = await at.assigned({ spec });
    await at.tables.advance(5_000);
    const [accepted] = await at.store.acceptAttempts([held]);
    expect(accepted).toMatchObject({
      executionId: held.executionId,
      runId: held.runId,
      fence: 1,
      again: false,
    });
    expect(accepted?.waitedMs).toBeGreaterThanOrEqual(5_000);
    const attempt = await at.tables.attempt(held.runId);
    const run = await at.tables.run(held.runId);
    expect(attempt).toMatchObject({ phase: "Running", reported_at: attempt.started_at });
    expect(instant(attempt.timeout_at) - instant(attempt.started_at)).toBe(
      70_000 + DEFAULT_TIMINGS.stopMarginMs,
    );
    expect(run).toMatchObject({ phase: "Running", started_at: attempt.started_at });
    expect(await at.tables.events(held.runId)).toEqual(["Submitted", "Assigned", "Started"]);
  },

  "without an attempt timeout only the run's deadline counts": async (at) => {
    const held = await at.running();
    expect(await at.tables.attempt(held.runId)).toMatchObject({ timeout_at: null });
  },

  "an accept repeated after a lost answer is answered again and starts nothing twice": async (
    at,
  ) => {
    const held = await at.assigned({ spec: { attemptTimeoutSeconds: 60 } });
    await at.store.acceptAttempts([held]);
    const before = await at.tables.attempt(held.runId);
    await at.tables.advance(1_000);
    expect(await at.store.acceptAttempts([held])).toMatchObject([{ again: true }]);
    const { started_at, timeout_at } = before;
    expect(await at.tables.attempt(held.runId)).toMatchObject({ started_at, timeout_at });
    expect(await at.tables.events(held.runId)).toEqual(["Submitted", "Assigned", "Started"]);
  },

  "the second attempt keeps the first start of the run": async (at) => {
    const first = await at.running({ spec: { backoffLimit: 1 } });
    const { started_at } = await at.tables.run(first.runId);
    await at.report(first, { failure: "app", exitCode: 1, signal: null, detail: null });
    await at.tables.advance(10_000);
    const second = await at.assign(first.runId, first);
    await at.store.acceptAttempts([second]);
    expect(await at.tables.run(first.runId)).toMatchObject({ started_at, fence: 2 });
  },

  "a leaving worker may still start what it was given": async (at) => {
    const held = await at.assigned();
    await at.store.endWorkers([endOf(held.workerId, "leaving")]);
    expect(await at.store.acceptAttempts([held])).toHaveLength(1);
  },

  "refused: after cancel, before the start": (at) => spoiled(at, (held) => at.cancel(held.runId)),
  "refused: after cancel, when it is a repeat": async (at) => {
    const held = await at.running();
    await at.cancel(held.runId);
    await refused(at, () => at.store.acceptAttempts([held]));
  },
  "refused: from an old session epoch": (at) => spoiled(at, (held) => at.attach(held.workerId)),
  "refused: from an epoch that is to come": (at) => spoiled(at, nothing, { epoch: 99 }),
  "refused: with another fence": (at) => spoiled(at, nothing, { fence: 2 }),
  "refused: by another worker": (at) => spoiled(at, nothing, { workerId: randomUUID() }),
  "a run id that is not the execution's proves nothing": async (at) => {
    const [mine, other] = [await at.assigned(), await at.assigned()];
    await refused(at, () => at.store.acceptAttempts([{ ...mine, runId: other.runId }]));
  },
  "a claim that does not know its run is found by its execution": async (at) => {
    const { runId, ...claim } = await at.assigned();
    expect(await at.store.acceptAttempts([claim])).toMatchObject([{ runId }]);
  },
  "refused: for an execution nobody knows": (at) =>
    spoiled(at, nothing, { executionId: randomUUID() }),
  "refused: after the attempt was returned": (at) =>
    spoiled(at, async () => {
      await at.tables.advance(DEFAULT_TIMINGS.acceptDeadlineMs);
      await at.endTroubled();
    }),
  "refused: when only the run's fence moved on": (at) =>
    spoiled(at, (held) =>
      at.tables.plant("update hodei.run set fence = 2 where id = $1", [held.runId]),
    ),
  "refused: when only the run's phase moved on": (at) =>
    spoiled(at, (held) =>
      at.tables.plant(
        "update hodei.run set phase = 'Pending', pending_reason = 'Queued' where id = $1",
        [held.runId],
      ),
    ),
  "refused: when only the attempt ended": (at) =>
    spoiled(at, (held) =>
      at.tables.plant(
        `update hodei.attempt set phase = 'Lost', failure = 'worker-lost', ended_at = now()
          where run_id = $1`,
        [held.runId],
      ),
    ),
  "refused: when only the worker went": (at) =>
    spoiled(at, (held) =>
      at.tables.plant("update hodei.worker set phase = 'Terminating' where id = $1", [
        held.workerId,
      ]),
    ),

  "a batch takes the good ones": async (at) => {
    const [good, bad] = [await at.assigned(), await at.assigned()];
    await at.cancel(bad.runId);
    const accepted = await at.store.acceptAttempts([bad, good]);
    expect(accepted.map(({ runId }) => runId)).toEqual([good.runId]);
  },
});

export const beats = exam({
  "the first beat makes a worker ready; later ones renew its lease": async (at) => {
    const stream = await at.attach(await at.connecting());
    await at.tables.advance(1_000);
    const beat = { ...stream, executions: [] };
    expect(await at.store.beatWorkers([beat])).toEqual([
      { workerId: stream.workerId, phase: "Ready", born: true, lost: [] },
    ]);
    const born = await at.tables.worker(stream.workerId);
    expect(born).toMatchObject({ ready_at: born.idle_since, last_heartbeat_at: born.idle_since });
    expect(instant(born.lease_expires_at) - instant(born.ready_at)).toBe(DEFAULT_TIMINGS.leaseMs);
    await at.tables.advance(10_000);
    expect(await at.store.beatWorkers([beat])).toMatchObject([{ born: false }]);
    const { ready_at, idle_since, ...later } = await at.tables.worker(stream.workerId);
    expect({ ready_at, idle_since }).toEqual({
      ready_at: born.ready_at,
      idle_since: born.idle_since,
    });
    expect(instant(later.lease_expires_at)).toBeGreaterThan(instant(born.lease_expires_at) + 9_000);
  },

  "a beat stamps the running attempt it names, and only that": async (at) => {
    const held = await at.running();
    const other = await at.running();
    const { reported_at } = await at.tables.attempt(other.runId);
    await at.tables.advance(1_000);
    await at.beat(held, [held, other]);
    const stamped = await at.tables.attempt(held.runId);
    expect(stamped.reported_at).toBe((await at.tables.worker(held.workerId)).last_heartbeat_at);
    expect(await at.tables.attempt(other.runId)).toMatchObject({ reported_at });
  },

  "a beat that names nothing, another fence, or an unaccepted attempt stamps nothing": async (
    at,
  ) => {
    const held = await at.running();
    const waiting = await at.assigned();
    const { reported_at } = await at.tables.attempt(held.runId);
    await at.tables.advance(1_000);
    await at.beat(held, []);
    await at.beat(held, [{ ...held, fence: 2 }]);
    await at.beat(waiting, [waiting]);
    expect(await at.tables.attempt(held.runId)).toMatchObject({ reported_at });
    expect(await at.tables.attempt(waiting.runId)).toMatchObject({ reported_at: null });
  },

  "what a worker holds no more is told, what it may still hand in is not": async (at) => {
    const lost = await at.running();
    await at.lapse();
    const stream = await at.attach(lost.workerId);
    const answer = async (executions: readonly Held[]) =>
      (await at.store.beatWorkers([{ ...stream, executions }]))[0]?.lost;
    expect(await answer([lost])).toEqual([]);
    await at.cancel(lost.runId);
    expect(await answer([lost])).toEqual([lost.executionId]);
    const held = await at.assigned();
    expect(await answer([{ ...lost, executionId: held.executionId }])).toEqual([held.executionId]);
  },

  "own attempts are never told lost: assigned or running": async (at) => {
    for (const held of [await at.assigned(), await at.running()])
      expect(await at.store.beatWorkers([{ ...held, executions: [held] }])).toMatchObject([
        { lost: [] },
      ]);
  },

  "a lost attempt with a successor is told lost": async (at) => {
    const lost = await at.running({ spec: { replacement: "AfterLost" } });
    await at.lapse();
    await at.assign(lost.runId, await at.ready());
    const stream = await at.attach(lost.workerId);
    expect(await at.store.beatWorkers([{ ...stream, executions: [lost] }])).toMatchObject([
      { phase: "Terminating", lost: [lost.executionId] },
    ]);
  },

  "refused: a beat from an old epoch": async (at) => {
    const held = await at.running();
    await at.attach(held.workerId);
    await refused(at, () => at.store.beatWorkers([{ ...held, executions: [held] }]));
  },

  "refused: a beat of a worker without a session, or terminated": async (at) => {
    const creating = await at.launched();
    await refused(at, () =>
      at.store.beatWorkers([{ workerId: creating, epoch: 0, executions: [] }]),
    );
    const gone = await at.ready();
    await at.store.endMachines([await at.machineEndOf(gone.workerId)]);
    await refused(at, () => at.store.beatWorkers([{ ...gone, executions: [] }]));
  },

  "a terminating worker beats, without a new lease": async (at) => {
    const held = await at.running();
    await at.lapse();
    const { lease_expires_at } = await at.tables.worker(held.workerId);
    const stream = await at.attach(held.workerId);
    await at.beat(stream);
    expect(await at.tables.worker(held.workerId)).toMatchObject({ lease_expires_at });
  },

  "gathered beats: the old streams are missing in the answer": async (at) => {
    const [old, fine] = [await at.ready(), await at.ready()];
    await at.attach(old.workerId);
    const answers = await at.store.beatWorkers(
      [old, fine].map((stream) => ({ ...stream, executions: [] })),
    );
    expect(answers.map(({ workerId }) => workerId)).toEqual([fine.workerId]);
  },

  "an empty batch asks nothing of the database": async (at) => {
    expect(await unchanged(at, () => at.store.beatWorkers([]))).toEqual([]);
  },
});
