import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import type { EndRule } from "#core/domain/reconcile/decide-fleet.ts";
import { DEFAULT_TIMINGS } from "#core/domain/timings.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { endOf, type Held } from "../support/store-scene.ts";
import { type Case, type Exam, exam, refused } from "./exam.ts";

const IDLE_MS = 60_000;
const { leaseMs, connectDeadlineMs, registerDeadlineMs } = DEFAULT_TIMINGS;
const SECOND = 1_000;

type Arrange = (at: StoreFixture) => Promise<string>;

/** Makes a worker, lets time pass, answers its id. */
const after =
  (ms: number, make: Arrange): Arrange =>
  async (at) => {
    const workerId = await make(at);
    await at.tables.advance(ms);
    return workerId;
  };
/** Changes only this of a worker, whatever the rules say. */
const but =
  (change: string, make: Arrange): Arrange =>
  async (at) => {
    const workerId = await make(at);
    await at.tables.plant(`update hodei.worker set ${change} where id = $1`, [workerId]);
    return workerId;
  };

const ready: Arrange = async (at) => (await at.ready()).workerId;
const busy: Arrange = async (at) => (await at.running()).workerId;
const leaving: Arrange = async (at) => drained(at, await ready(at));
const leavingWithRun: Arrange = async (at) => drained(at, await busy(at));
const drained = async (at: StoreFixture, workerId: string) => {
  await at.store.endWorkers([endOf(workerId, "leaving")]);
  return workerId;
};
const claimed: Arrange = async (at) => {
  const workerId = await at.creating();
  await at.store.claimLaunches(1);
  return workerId;
};
const dedicated =
  (open: boolean): Arrange =>
  async (at) => {
    const runId = await at.submit({ dedicatedWorker: true });
    const { workerId } = await at.ready({ dedicatedRunId: runId });
    if (!open) await at.cancel(runId);
    return workerId;
  };
const agedAt = (make: (at: StoreFixture) => Promise<{ workerId: string }>): Arrange =>
  after(SECOND, async (at) => (await make(at)).workerId);
const aged = { maxAgeMs: SECOND };
const creating: Arrange = (at) => at.creating();
const launched: Arrange = (at) => at.launched();
const connecting: Arrange = (at) => at.connecting();

/** Every way in which a rule comes to hold. */
const HOLDS: Record<EndRule, readonly Arrange[]> = {
  idle: [after(IDLE_MS, ready)],
  drained: [leaving],
  "lease-over": [after(leaseMs, connecting), after(leaseMs, ready), after(leaseMs, leaving)],
  "connect-late": [after(connectDeadlineMs, connecting)],
  "register-late": [after(registerDeadlineMs, launched)],
  "launch-given-up": [after(limits.launchGiveUpMs, claimed)],
  "dedicated-orphan": [dedicated(false)],
  unregistered: [connecting, ready, leaving],
  "over-age": [agedAt((at) => at.ready(aged)), agedAt((at) => at.running({ worker: aged }))],
  "token-replayed": [creating, connecting, ready, busy],
  leaving: [connecting, ready, busy],
};

/** What alone speaks against each rule. */
const AGAINST: Record<EndRule, Readonly<Record<string, Arrange>>> = {
  idle: {
    "idle for too short": after(IDLE_MS - SECOND, ready),
    busy: after(IDLE_MS, busy),
    "leaving already": after(IDLE_MS, leaving),
  },
  drained: { "not leaving": ready, "still at work": leavingWithRun },
  "lease-over": {
    "lease alive": after(leaseMs - SECOND, ready),
    busy: after(leaseMs, busy),
    "leaving with a run": after(leaseMs, leavingWithRun),
    "lease floor": async (at) => {
      const workerId = await after(leaseMs, ready)(at);
      await at.tables.plant(
        "update hodei.control set lease_floor = hodei.clock() + interval '1 s'",
      );
      return workerId;
    },
  },
  "connect-late": {
    early: after(connectDeadlineMs - SECOND, connecting),
    "connected by now": after(connectDeadlineMs, ready),
    "lease floor": async (at) => {
      const workerId = await after(connectDeadlineMs, connecting)(at);
      await at.tables.plant(
        "update hodei.control set lease_floor = hodei.clock() + interval '1 s'",
      );
      return workerId;
    },
  },
  "register-late": {
    early: after(registerDeadlineMs - SECOND, launched),
    "no machine yet": after(registerDeadlineMs, creating),
    "registered by now": after(registerDeadlineMs, connecting),
  },
  "launch-given-up": {
    early: after(limits.launchGiveUpMs - SECOND, claimed),
    "never tried": after(limits.launchGiveUpMs, creating),
    "the machine is there": but("external_id = 'm'", after(limits.launchGiveUpMs, claimed)),
    "registered by now": but(
      "phase = 'Connecting', lease_expires_at = now(), connect_deadline_at = now()",
      after(limits.launchGiveUpMs, claimed),
    ),
  },
  "dedicated-orphan": {
    "its run is open": dedicated(true),
    "made for no run": ready,
    "at work": but("phase = 'Busy', run_id = id, run_fence = 1", dedicated(false)),
    "leaving already": async (at) => drained(at, await dedicated(false)(at)),
  },
  unregistered: {
    "at work": busy,
    "leaving with a run": leavingWithRun,
    "not there yet": launched,
  },
  "over-age": {
    younger: async (at) => (await at.ready({ maxAgeMs: 60_000 })).workerId,
    ageless: after(3600_000, ready),
    "not ready yet": after(SECOND, (at) => at.connecting(aged)),
  },
  "token-replayed": { "leaving already": leaving },
  leaving: { "leaving already": leaving, "not there yet": launched },
};

const TO_DRAINING: readonly EndRule[] = ["over-age", "token-replayed", "leaving"];
const RULES = Object.keys(HOLDS) as EndRule[];
const end = (at: StoreFixture, workerId: string, rule: EndRule) =>
  at.store.endWorkers([endOf(workerId, rule, IDLE_MS)]);

const ends = RULES.flatMap((rule) =>
  HOLDS[rule].map((arrange, index): [string, Case] => [
    `${rule}: the worker leaves (${index + 1})`,
    async (at: StoreFixture) => {
      const workerId = await arrange(at);
      const { run_id } = await at.tables.worker(workerId);
      const phase = TO_DRAINING.includes(rule) ? "Draining" : "Terminating";
      const reason = rule === "drained" ? "because leaving" : `because ${rule}`;
      expect(await end(at, workerId, rule)).toEqual([{ workerId, phase, reason, runId: run_id }]);
      const row = await at.tables.worker(workerId);
      expect(row).toMatchObject({ phase, reason, run_id });
      expect(row.ending_at).not.toBeNull();
      await refused(at, () => end(at, workerId, rule));
    },
  ]),
);
const refusals = RULES.flatMap((rule) =>
  Object.entries(AGAINST[rule]).map(([why, arrange]): [string, Case] => [
    `${rule}: refused, ${why}`,
    async (at: StoreFixture) => {
      const workerId = await arrange(at);
      await refused(at, () => end(at, workerId, rule));
    },
  ]),
);

export const workerEnds: Exam = exam({
  ...Object.fromEntries([...ends, ...refusals]),

  "no rule, no end; nobody, no end": async (at) => {
    const workerId = await ready(at);
    await refused(at, () => end(at, workerId, "unheard-of" as EndRule));
    await refused(at, () => end(at, randomUUID(), "leaving"));
  },

  "the stop of a machine is noted for leaving workers only": async (at) => {
    const [staying, going] = [await ready(at), await leaving(at)];
    await end(at, going, "drained");
    await at.store.stopsAsked([staying, going, randomUUID()]);
    expect((await at.tables.worker(staying)).stop_asked_at).toBeNull();
    expect((await at.tables.worker(going)).stop_asked_at).not.toBeNull();
  },
});

/** A machine's end that would be taken now, spoilt by one thing. */
async function spoiled(
  at: StoreFixture,
  spoil: (held: Held) => Promise<unknown>,
  change: object = {},
): Promise<void> {
  const held = await at.running();
  const gone = await at.machineEndOf(held.workerId);
  await spoil(held);
  const attempt = gone.attempt && { ...gone.attempt, ...change };
  await refused(at, () => at.store.endMachines([{ ...gone, attempt }]));
}
const nothing = async () => {};
const planted = (at: StoreFixture, sql: string) => (held: Held) =>
  at.tables.plant(sql, [held.runId]);

export const machines = exam({
  "a machine gone ends its attempt and frees the run at once": async (at) => {
    const held = await at.running();
    expect(await at.store.endMachines([await at.machineEndOf(held.workerId)])).toEqual([
      {
        workerId: held.workerId,
        runId: held.runId,
        fence: 1,
        phase: "Pending",
        reason: null,
        waitMs: 0,
      },
    ]);
    expect(await at.tables.attempt(held.runId)).toMatchObject({
      phase: "Lost",
      failure: "worker-lost",
    });
    expect(await at.tables.run(held.runId)).toMatchObject({
      pending_reason: "Queued",
      blocked_by: null,
    });
    const worker = await at.tables.worker(held.workerId);
    expect(worker).toMatchObject({
      phase: "Terminated",
      reason: "MachineStopped",
      message: "gone",
      run_id: null,
      gateway_id: null,
      terminated_at: worker.ending_at,
    });
    await at.assign(held.runId, await at.ready());
  },

  "an attempt that never started returns free of charge": async (at) => {
    const held = await at.assigned();
    await at.store.endMachines([await at.machineEndOf(held.workerId)]);
    expect(await at.tables.attempt(held.runId)).toMatchObject({
      phase: "Returned",
      failure: "dispatch",
    });
  },

  "a stopped run becomes what its verdict says": async (at) => {
    const held = await at.running();
    await at.cancel(held.runId);
    await at.store.endMachines([await at.machineEndOf(held.workerId)]);
    expect(await at.tables.run(held.runId)).toMatchObject({ phase: "Cancelled" });
  },

  "a machine without an attempt: only its worker ends, and keeps why it left": async (at) => {
    const idle = await at.ready();
    const going = await leaving(at);
    const [first, second] = [idle.workerId, going];
    const ended = await at.store.endMachines([
      await at.machineEndOf(first),
      await at.machineEndOf(second),
    ]);
    expect(new Set(ended.map(({ workerId }) => workerId))).toEqual(new Set([first, second]));
    expect(ended).toMatchObject([{ runId: null, phase: null }, { runId: null }]);
    expect(await at.tables.worker(first)).toMatchObject({ reason: "MachineStopped" });
    expect(await at.tables.worker(second)).toMatchObject({ reason: "because leaving" });
  },

  "a machine ends once": async (at) => {
    const { workerId } = await at.ready();
    const gone = await at.machineEndOf(workerId);
    await at.store.endMachines([gone]);
    await refused(at, () => at.store.endMachines([gone]));
  },

  "refused: the worker took an attempt since the look": async (at) => {
    const stream = await at.ready();
    const gone = await at.machineEndOf(stream.workerId);
    await at.assign(await at.submit(), stream);
    await refused(at, () => at.store.endMachines([gone]));
  },
  "refused: the attempt started since the look": async (at) => {
    const held = await at.assigned();
    const gone = await at.machineEndOf(held.workerId);
    await at.store.acceptAttempts([held]);
    await refused(at, () => at.store.endMachines([gone]));
  },
  "refused: the attempt ended since the look": (at) => spoiled(at, (held) => at.report(held)),
  "refused: with another fence": (at) => spoiled(at, nothing, { fence: 2 }),
  "refused: with another run": (at) => spoiled(at, nothing, { runId: randomUUID() }),
  "refused: when only the run's fence moved on": (at) =>
    spoiled(at, planted(at, "update hodei.run set fence = 2 where id = $1")),
  "refused: when only the run waits again": (at) =>
    spoiled(
      at,
      planted(
        at,
        "update hodei.run set phase = 'Pending', pending_reason = 'Queued' where id = $1",
      ),
    ),
  "refused: when only the attempt is another worker's": (at) =>
    spoiled(at, planted(at, "update hodei.attempt set worker_id = run_id where run_id = $1")),
  "refused: when only the worker holds another attempt": (at) =>
    spoiled(at, planted(at, "update hodei.worker set run_fence = 2 where run_id = $1")),

  "runs are unblocked only when their machine is gone, as many as asked for": async (at) => {
    const held = await at.running();
    const other = await at.running();
    await at.lapse();
    expect(await at.store.unblockRuns()).toBe(0);
    await at.store.endMachines([await at.machineEndOf(held.workerId)]);
    expect(await at.store.unblockRuns()).toBe(1);
    expect(await at.store.unblockRuns()).toBe(0);
    expect(await at.tables.run(other.runId)).toMatchObject({ blocked_by: other.workerId });
  },

  "a worker row that was deleted blocks nobody": async (at) => {
    const held = await at.running();
    await at.lapse();
    await at.tables.plant("delete from hodei.worker where id = $1", [held.workerId]);
    expect(await at.store.unblockRuns()).toBe(1);
  },
});
