import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { DEFAULT_TIMINGS } from "#core/domain/timings.ts";
import type { Pair } from "#core/ports/control-store.ts";
import { aRun } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { endOf, type Stream } from "../support/store-scene.ts";
import { at as instant } from "../support/store-tables.ts";
import { exam, refused } from "./exam.ts";

const pair = (runId: string, { workerId }: Pick<Stream, "workerId">, fence = 0): Pair => ({
  runId,
  fence,
  workerId,
  executionId: randomUUID(),
});

/** A pair that would be written now; `spoil` takes away one thing it needs. */
async function spoiled(
  at: StoreFixture,
  spoil: (runId: string, worker: Stream) => Promise<unknown>,
): Promise<void> {
  const runId = await at.submit();
  const worker = await at.ready();
  await spoil(runId, worker);
  await refused(at, () => at.store.assignRuns([pair(runId, worker)], null));
}

export const placement = exam({
  "a pair makes an attempt, raises the fence and binds the worker": async (at) => {
    const runId = await at.submit();
    const worker = await at.ready();
    const wanted = pair(runId, worker);
    expect(await at.store.assignRuns([wanted], null)).toMatchObject([
      { ...wanted, fence: 1, gatewayId: worker.gatewayId, poked: true },
    ]);
    expect(await at.tables.run(runId)).toMatchObject({
      phase: "Assigned",
      fence: 1,
      worker_id: worker.workerId,
      pending_reason: null,
    });
    const attempt = await at.tables.attempt(runId);
    expect(attempt).toMatchObject({
      execution_id: wanted.executionId,
      worker_id: worker.workerId,
      phase: "Assigned",
      started_at: null,
      ended_at: null,
    });
    expect(instant(attempt.accept_deadline_at) - instant(attempt.assigned_at)).toBe(
      DEFAULT_TIMINGS.acceptDeadlineMs,
    );
    expect(await at.tables.worker(worker.workerId)).toMatchObject({
      phase: "Busy",
      run_id: runId,
      run_fence: 1,
      runs_taken: 1,
      idle_since: null,
    });
    expect(await at.tables.events(runId)).toEqual(["Submitted", "Assigned"]);
  },

  "the gateway that places is not notified": async (at) => {
    const runId = await at.submit();
    const worker = await at.ready();
    const assigned = await at.store.assignRuns([pair(runId, worker)], worker.gatewayId);
    expect(assigned).toMatchObject([{ poked: false }]);
  },

  "the same pair again is refused": async (at) => {
    const held = await at.assigned();
    await refused(at, () => at.store.assignRuns([pair(held.runId, held, 0)], null));
    await refused(at, () => at.store.assignRuns([pair(held.runId, held, 1)], null));
  },

  "refused: a run at another fence": async (at) => {
    const runId = await at.submit();
    const worker = await at.ready();
    await refused(at, () => at.store.assignRuns([pair(runId, worker, 1)], null));
  },
  "refused: a run that is final": (at) => spoiled(at, (runId) => at.cancel(runId)),
  "refused: a run in another phase, whatever else fits": (at) =>
    spoiled(at, (runId) =>
      at.tables.plant(
        "update hodei.run set phase = 'Running', pending_reason = null where id = $1",
        [runId],
      ),
    ),
  "refused: a run with a verdict": (at) =>
    spoiled(at, (runId) =>
      at.tables.plant(
        `update hodei.run set verdict_phase = 'Failed', verdict_reason = 'DeadlineExceeded',
          verdict_at = now() where id = $1`,
        [runId],
      ),
    ),
  "refused: a run that waits for a machine": (at) =>
    spoiled(at, (runId) =>
      at.tables.plant("update hodei.run set blocked_by = id where id = $1", [runId]),
    ),
  "refused: a run of the future, until its time": async (at) => {
    const runId = await at.submit({
      startAfter: new Date((await at.tables.now()) + 20_000).toISOString(),
    });
    const worker = await at.ready();
    await refused(at, () => at.store.assignRuns([pair(runId, worker)], null));
    await at.tables.advance(20_000);
    await at.assign(runId, worker);
  },
  "refused: a worker that is leaving": (at) =>
    spoiled(at, (_, { workerId }) => at.store.endWorkers([endOf(workerId, "leaving")])),
  "refused: a worker that never said it lives": async (at) => {
    const runId = await at.submit();
    const worker = await at.attach(await at.connecting());
    await refused(at, () => at.store.assignRuns([pair(runId, worker)], null));
  },
  "refused: a worker without a stream, until it is back": async (at) => {
    const runId = await at.submit();
    const worker = await at.ready();
    await at.store.detachWorkers([worker]);
    await refused(at, () => at.store.assignRuns([pair(runId, worker)], null));
    await at.assign(runId, await at.attach(worker.workerId));
  },
  "refused: a worker whose lease is over": (at) =>
    spoiled(at, () => at.tables.advance(DEFAULT_TIMINGS.leaseMs)),
  "refused: a worker made for another run": async (at) => {
    const runId = await at.submit();
    const own = await at.ready({ dedicatedRunId: runId });
    const other = await at.submit();
    await refused(at, () => at.store.assignRuns([pair(other, own)], null));
    await at.assign(runId, own);
  },
  "refused: a run or a worker that is not there": async (at) => {
    const runId = await at.submit();
    const worker = await at.ready();
    const nobody = { workerId: randomUUID() };
    await refused(at, () => at.store.assignRuns([pair(randomUUID(), worker)], null));
    await refused(at, () => at.store.assignRuns([pair(runId, nobody)], null));
  },

  "a batch gives what it can: one worker one run, one run one worker": async (at) => {
    const [first, second] = [await at.submit(), await at.submit()];
    const [left, right] = [await at.ready(), await at.ready()];
    expect(await at.store.assignRuns([pair(first, left), pair(second, left)], null)).toHaveLength(
      1,
    );
    const waiting = await at.tables.rows("select id from hodei.run where phase = 'Pending'");
    const runId = String(waiting[0]?.id);
    const third = await at.ready();
    expect(await at.store.assignRuns([pair(runId, right), pair(runId, third)], null)).toHaveLength(
      1,
    );
  },

  "why a run waits is written only when it changed, and is no event": async (at) => {
    const id = await at.submit();
    const note = { runId: id, reason: "WaitingForCapacity", message: "full" };
    await at.store.noteWaiting([note]);
    const { xmin } = (await at.tables.rows("select xmin::text from hodei.run"))[0] ?? {};
    expect(await at.tables.run(id)).toMatchObject({
      pending_reason: "WaitingForCapacity",
      message: "full",
      event_seq: 1,
    });
    await at.store.noteWaiting([note]);
    expect(await at.tables.rows("select xmin::text from hodei.run")).toEqual([{ xmin }]);
    await at.store.noteWaiting([{ ...note, message: null }]);
    expect(await at.tables.run(id)).toMatchObject({ message: null });
  },

  "nothing is noted on a run that waits no more, or waits for a machine": async (at) => {
    const held = await at.running();
    const lost = await at.running();
    await at.beat(held, [held]);
    await at.tables.advance(DEFAULT_TIMINGS.leaseMs - 1);
    await at.beat(held, [held]);
    await at.tables.advance(1);
    await at.endTroubled();
    const note = { reason: "WaitingForCapacity", message: null };
    const notes = [held.runId, lost.runId, randomUUID()].map((runId) => ({ ...note, runId }));
    await refused(at, async () => (await at.store.noteWaiting(notes)) ?? []);
    expect(await at.tables.run(lost.runId)).toMatchObject({
      pending_reason: "WaitingForMachineGone",
    });
  },
});

const ageingMs = limits.priorityAgeingSecondsPerPoint * 1000;

const LABELLED = { labels: { zone: "a" }, cpuMillis: 500 };
/** As the tick asks: enough of each shape to say why it waits. */
const AS_TICK = { runsMin: limits.placementRunsPerShapeMax, dueMax: limits.placementWorkersMax };
/** As a gateway asks: no more runs than workers are ready. */
const AS_GATEWAY = { runsMin: 0, dueMax: limits.placementRunsPerShapeMax + 1 };

/** Workers like this one, idle since now. */
const readyCopies = (at: StoreFixture, workerId: string, copies: number) =>
  at.tables.plant(
    `insert into hodei.worker (id, provider, profile, offer, cpu_millis, memory_mib, launch_token,
       launch_request, launch_after, token_key_id, token_sha256, created_at, phase, idle_since,
       lease_expires_at, gateway_id, session_epoch)
     select gen_random_uuid(), provider, profile, offer, cpu_millis, memory_mib, launch_token || n,
       launch_request, launch_after, token_key_id, token_sha256, created_at, phase, hodei.clock(),
       lease_expires_at, gateway_id, session_epoch
     from hodei.worker, generate_series(1, $2::integer) n where id = $1`,
    [workerId, copies],
  );

const queueOf = async (at: StoreFixture) => (await at.store.placement(AS_TICK)).queue;
const workersOf = async (at: StoreFixture) => (await at.store.placement(AS_TICK)).workers;

export const queue = exam({
  "runs of one need make one shape, in order of rank; waiting gains rank over priority": async (
    at,
  ) => {
    const old = await at.submit();
    await at.tables.advance(2 * ageingMs);
    const young = await at.submit({ priority: 1 });
    const urgent = await at.submit({ priority: 3 });
    const [shape, ...more] = await queueOf(at);
    expect(more).toEqual([]);
    expect(shape?.runs.map(({ id }) => id)).toEqual([urgent, old, young]);
    expect(shape).toMatchObject({ due: 3, placement: { cpuMillis: 250, memoryMib: 512 } });
    expect(shape?.runs[0]).toMatchObject({ fence: 0, reason: "Queued", message: null });
  },

  "shapes come in order of their oldest rank": async (at) => {
    const sizes = [1000, 250, 500];
    for (const cpuMillis of sizes) {
      await at.submit({ resources: { cpuMillis, memoryMib: 512 } });
      await at.tables.advance(1_000);
    }
    await at.submit({ resources: { cpuMillis: 250, memoryMib: 512 }, priority: 1000 });
    const shapes = await queueOf(at);
    expect(shapes.map(({ placement }) => placement.cpuMillis)).toEqual([250, 1000, 500]);
    expect(shapes.map(({ due }) => due)).toEqual([2, 1, 1]);
  },

  "only runs that may start are shown and counted": async (at) => {
    const start = new Date((await at.tables.now()) + 60_000).toISOString();
    await at.submit({ startAfter: start });
    await at.submit();
    await at.cancel(await at.submit());
    await at.running();
    await at.lapse();
    const [shape] = await queueOf(at);
    expect(shape).toMatchObject({ due: 1 });
    expect(shape?.runs).toHaveLength(1);
    await at.tables.advance(60_000);
    expect(await queueOf(at)).toMatchObject([{ due: 2 }]);
  },

  "a shape with nothing due takes no place, whatever its priority": async (at) => {
    const startAfter = new Date((await at.tables.now()) + 60_000).toISOString();
    const later = Array.from({ length: 70 }, (_, n) => {
      const resources = { cpuMillis: 1000 + n, memoryMib: 512 };
      return aRun({ startAfter, priority: limits.priorityMax, resources });
    });
    await at.store.insertRuns(later);
    expect(await queueOf(at)).toEqual([]);
    const due = await at.submit({ priority: limits.priorityMin });
    expect(await queueOf(at)).toMatchObject([{ due: 1, runs: [{ id: due }] }]);
  },

  "the answer is bounded, however many wait": async (at) => {
    await at.submit();
    const copies = limits.placementWorkersMax + 10;
    await at.tables.plant(
      `insert into hodei.run (id, name, spec, placement, shape, phase, pending_reason, spec_digest,
         not_before, queue_rank, deadline_at, grace_ms, created_at)
       select gen_random_uuid(), r.name, r.spec, r.placement,
         case when n % 15 = 0 then 'shape ' || n else r.shape end, 'Pending',
         'Queued', r.spec_digest, r.not_before, r.queue_rank, r.deadline_at, r.grace_ms, r.created_at
       from hodei.run r, generate_series(1, $1::integer) n`,
      [Math.ceil((copies * 15) / 14)],
    );
    const shapes = await queueOf(at);
    expect(shapes).toHaveLength(64);
    const big = shapes.find(({ due }) => due > 1);
    if (big) {
      expect(big.due).toBe(limits.placementWorkersMax);
      expect(big.runs).toHaveLength(limits.placementRunsPerShapeMax);
    }
    expect(Buffer.byteLength(JSON.stringify(shapes))).toBeLessThan(1024 * 1024);
  },

  "one due run is matched with one of however many ready workers": async (at) => {
    await at.submit();
    const { workerId } = await at.ready();
    await at.tables.advance(1);
    await readyCopies(at, workerId, 2_000);
    expect((await at.store.placement(AS_GATEWAY)).workers.map(({ id }) => id)).toEqual([workerId]);
    const own = await at.submit({ dedicatedWorker: true });
    const { workerId: made } = await at.ready({ dedicatedRunId: own });
    const { workers } = await at.store.placement(AS_GATEWAY);
    expect(workers.filter(({ dedicatedRunId }) => dedicatedRunId).map(({ id }) => id)).toEqual([
      made,
    ]);
    expect(workers).toHaveLength(3); // as many of the others as runs are due
  },

  "one ready worker is matched with one of however many due runs": async (at) => {
    await at.ready();
    const first = await at.submit();
    await at.tables.advance(1);
    await at.store.insertRuns(Array.from({ length: 2_000 }, () => aRun()));
    const { queue } = await at.store.placement(AS_GATEWAY);
    expect(queue).toMatchObject([{ due: AS_GATEWAY.dueMax, runs: [{ id: first }] }]);
    expect(queue[0]?.runs).toHaveLength(1);
    const { queue: seen } = await at.store.placement({ runsMin: 7, dueMax: 5_000 });
    expect(seen).toMatchObject([{ due: 2_001 }]);
    expect(seen[0]?.runs).toHaveLength(7);
  },

  "without a due run no worker is read, without a ready worker no run of a gateway": async (at) => {
    await at.ready();
    expect(await at.store.placement(AS_GATEWAY)).toEqual({ queue: [], workers: [] });
    await at.assigned();
    await at.tables.advance(DEFAULT_TIMINGS.leaseMs);
    await at.submit();
    expect(await at.store.placement(AS_GATEWAY)).toMatchObject({
      queue: [{ due: 1, runs: [] }],
      workers: [],
    });
  },

  "ready workers: connected, lease alive, longest idle first": async (at) => {
    for (let n = 0; n < 3; n += 1) await at.submit();
    const first = await at.ready(LABELLED);
    await at.tables.advance(1_000);
    const second = await at.ready(LABELLED);
    const detached = await at.ready();
    await at.store.detachWorkers([detached]);
    await at.assigned();
    await at.connecting();
    const workers = await workersOf(at);
    expect(workers.map(({ id }) => id)).toEqual([first.workerId, second.workerId]);
    expect(workers[0]).toMatchObject({
      profile: "small",
      labels: { zone: "a" },
      taints: [],
      cpuMillis: 500,
      memoryMib: 512,
      dedicatedRunId: null,
    });
    await at.tables.advance(DEFAULT_TIMINGS.leaseMs - 1_000);
    expect((await workersOf(at)).map(({ id }) => id)).toEqual([second.workerId]);
  },
});
