import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import type { RunSpec } from "#core/domain/spec/run-spec.ts";
import { DEFAULT_TIMINGS } from "#core/domain/timings.ts";
import type { NewRun, Proposal, SubmittingGateway } from "#core/ports/control-store.ts";
import { aRun } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { endOf, type Stream } from "../support/store-scene.ts";
import { at as instant } from "../support/store-tables.ts";
import { exam } from "./exam.ts";

const proposal = ({ id: runId }: NewRun, { workerId, epoch }: Stream): Proposal => {
  return { runId, workerId, epoch, executionId: randomUUID() };
};
const by = ({ gatewayId }: Stream, ...proposals: Proposal[]): SubmittingGateway => {
  return { gatewayId, proposals };
};

/** A proposal that would be taken; `spoil` takes away one thing it needs. The run waits as any other. */
async function spoiled(
  at: StoreFixture,
  spoil: (worker: Stream) => Promise<unknown>,
  spec: Partial<RunSpec> = {},
): Promise<void> {
  const worker = await at.ready();
  const run = aRun(spec);
  await spoil(worker);
  const before = await at.tables.worker(worker.workerId);
  const inserted = await at.store.insertRuns([run], by(worker, proposal(run, worker)));
  expect(inserted).toMatchObject([{ stored: { workerId: null } }]);
  expect(await at.tables.run(run.id)).toMatchObject({ phase: "Pending", fence: 0 });
  expect(await at.tables.events(run.id)).toEqual(["Submitted"]);
  expect(await at.tables.worker(worker.workerId)).toEqual(before);
}

/** Runs that are stored with a worker of the gateway that stores them. */
export const warm = exam({
  "a run takes the worker that is proposed for it, in one statement": async (at) => {
    const worker = await at.ready();
    const run = aRun();
    const proposed = proposal(run, worker);
    expect(await at.store.insertRuns([run], by(worker, proposed))).toMatchObject([
      { id: run.id, stored: { reason: null, workerId: worker.workerId }, poked: false },
    ]);
    expect(await at.tables.run(run.id)).toMatchObject({
      ...{ phase: "Assigned", fence: 1, worker_id: worker.workerId, pending_reason: null },
    });
    const attempt = await at.tables.attempt(run.id);
    expect(attempt).toMatchObject({
      ...{ fence: 1, execution_id: proposed.executionId, worker_id: worker.workerId },
      ...{ phase: "Assigned", started_at: null, ended_at: null },
    });
    expect(instant(attempt.accept_deadline_at) - instant(attempt.assigned_at)).toBe(
      DEFAULT_TIMINGS.acceptDeadlineMs,
    );
    expect(await at.tables.worker(worker.workerId)).toMatchObject({
      ...{ phase: "Busy", run_id: run.id, run_fence: 1, runs_taken: 1, idle_since: null },
    });
    expect(await at.tables.events(run.id)).toEqual(["Submitted", "Assigned"]);
  },

  "its attempt goes on as one that was placed later": async (at) => {
    const worker = await at.ready();
    const run = aRun();
    const proposed = proposal(run, worker);
    await at.store.insertRuns([run], by(worker, proposed));
    const held = { ...worker, ...proposed, fence: 1 };
    expect(await at.store.acceptAttempts([held])).toHaveLength(1);
    await at.report(held);
    expect(await at.tables.run(run.id)).toMatchObject({ phase: "Succeeded" });
    expect(await at.tables.worker(worker.workerId)).toMatchObject({ phase: "Ready" });
  },

  "each its own, and those without a proposal wait": async (at) => {
    const left = await at.ready();
    const right = await at.attach((await at.ready()).workerId, left.gatewayId);
    const [one, waits, other] = [aRun(), aRun(), aRun()];
    const proposals = [proposal(one, left), proposal(other, right)];
    const inserted = await at.store.insertRuns([one, waits, other], by(left, ...proposals));
    expect(inserted.map(({ stored }) => stored?.workerId)).toEqual([
      ...[left.workerId, null, right.workerId],
    ]);
    expect(await at.tables.events(waits.id)).toEqual(["Submitted"]);
  },

  "a run that is there already takes nothing": async (at) => {
    const worker = await at.ready();
    const [first, again] = [aRun({}, { key: "once" }), aRun({}, { key: "once" })];
    await at.store.insertRuns([first]);
    const before = await at.tables.worker(worker.workerId);
    const inserted = await at.store.insertRuns([again], by(worker, proposal(again, worker)));
    expect(inserted).toMatchObject([{ stored: null }]);
    expect(await at.tables.worker(worker.workerId)).toEqual(before);
    expect(await at.tables.rows("select * from hodei.attempt")).toEqual([]);
  },

  "a full queue takes no more, and no worker": async (at) => {
    const worker = await at.ready();
    await at.tables.plant("update hodei.control set pending_count = $1", [limits.pendingRunsMax]);
    const run = aRun();
    const inserted = await at.store.insertRuns([run], by(worker, proposal(run, worker)));
    expect(inserted).toMatchObject([{ stored: null, full: true }]);
    expect(await at.tables.worker(worker.workerId)).toMatchObject({ phase: "Ready" });
  },

  "refused: a worker that is busy": (at) =>
    spoiled(at, async (worker) => at.assign(await at.submit(), worker)),
  "refused: a worker that is leaving": (at) =>
    spoiled(at, ({ workerId }) => at.store.endWorkers([endOf(workerId, "leaving")])),
  "refused: a worker at another gateway": (at) =>
    spoiled(at, ({ workerId }) =>
      at.tables.plant("update hodei.worker set gateway_id = $2 where id = $1", [
        ...[workerId, randomUUID()],
      ]),
    ),
  "refused: a worker without a stream": (at) =>
    spoiled(at, (worker) => at.store.detachWorkers([worker])),
  "refused: a worker that opened another stream since": (at) =>
    spoiled(at, ({ workerId, gatewayId }) => at.attach(workerId, gatewayId)),
  "refused: a worker whose lease is over": (at) =>
    spoiled(at, () => at.tables.advance(DEFAULT_TIMINGS.leaseMs)),
  "refused: a worker made for one run": async (at) => {
    const owner = await at.submit();
    const own = await at.ready({ dedicatedRunId: owner });
    const run = aRun();
    const inserted = await at.store.insertRuns([run], by(own, proposal(run, own)));
    expect(inserted).toMatchObject([{ stored: { workerId: null } }]);
  },
  "refused: before its time": async (at) => {
    const startAfter = new Date((await at.tables.now()) + 20_000).toISOString();
    await spoiled(at, async () => {}, { startAfter });
  },
  "refused: a worker that is not there": async (at) => {
    const worker = await at.ready();
    const run = aRun();
    const nobody = { ...worker, workerId: randomUUID() };
    const inserted = await at.store.insertRuns([run], by(worker, proposal(run, nobody)));
    expect(inserted).toMatchObject([{ stored: { workerId: null } }]);
  },
  "refused: a proposal that names no gateway's stream": async (at) => {
    const worker = await at.ready();
    const run = aRun();
    const stranger = { gatewayId: randomUUID(), proposals: [proposal(run, worker)] };
    expect(await at.store.insertRuns([run], stranger)).toMatchObject([
      { stored: { workerId: null } },
    ]);
  },
});

/** What happens while somebody else holds the row of the proposed worker. */
export const warmRaces = exam({
  "a submit does not wait for a worker that is held: its run waits": async (at) => {
    const worker = await at.ready();
    const run = aRun();
    const raced = await at.race(
      (store) => store.beatWorkers([{ ...worker, executions: [] }]),
      (store) => store.insertRuns([run], by(worker, proposal(run, worker))),
    );
    expect(raced).toMatchObject({ waited: false, second: [{ stored: { workerId: null } }] });
  },
  "two submits that propose one worker: one takes it": async (at) => {
    const worker = await at.ready();
    const [one, other] = [aRun(), aRun()];
    const raced = await at.race(
      (store) => store.insertRuns([one], by(worker, proposal(one, worker))),
      (store) => store.insertRuns([other], by(worker, proposal(other, worker))),
    );
    expect(raced).toMatchObject({
      ...{ waited: false, first: [{ stored: { workerId: worker.workerId } }] },
      second: [{ stored: { workerId: null } }],
    });
  },
  "placement does not wait for a submit that takes the worker": async (at) => {
    const worker = await at.ready();
    const waiting = await at.submit();
    const run = aRun();
    const pair = { runId: waiting, fence: 0, workerId: worker.workerId, executionId: randomUUID() };
    const raced = await at.race(
      (store) => store.insertRuns([run], by(worker, proposal(run, worker))),
      (store) => store.assignRuns([pair], null),
    );
    expect(raced).toMatchObject({ waited: false, second: [] });
  },
  "the end of an idle worker waits for a submit that takes it: it is idle no more": async (at) => {
    const worker = await at.ready();
    const run = aRun();
    const raced = await at.race(
      (store) => store.insertRuns([run], by(worker, proposal(run, worker))),
      (store) => store.endWorkers([endOf(worker.workerId, "idle")]),
    );
    expect(raced).toMatchObject({ waited: true, second: [] });
  },
  "a submit of a key that is being stored leaves its worker alone": async (at) => {
    const worker = await at.ready();
    const [one, again] = [aRun({}, { key: "once" }), aRun({}, { key: "once" })];
    const raced = await at.race(
      (store) => store.insertRuns([one]),
      (store) => store.insertRuns([again], by(worker, proposal(again, worker))),
    );
    expect(raced).toMatchObject({ waited: true, second: [{ stored: null }] });
    expect(await at.tables.worker(worker.workerId)).toMatchObject({ phase: "Ready" });
  },
});
