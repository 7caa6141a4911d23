import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { explain } from "#core/application/explain-run.ts";
import { DomainError } from "#core/domain/errors.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { endOf } from "../support/store-scene.ts";
import { exam, unchanged } from "./exam.ts";

const SMALL: MachineProfile = {
  ...{ name: "small", cpuMillis: 250, memoryMib: 512, labels: {}, taints: [], spot: false },
  ...{ minWorkers: 0, maxWorkers: 5, idleTtlSeconds: 60 },
  ...{ maxRunsPerWorker: null, maxAgeSeconds: null },
};

const why = (at: StoreFixture, runId: string, profiles = [SMALL]) =>
  unchanged(at, () => explain({ store: at.store, scheduler: at.scheduler, profiles }, runId));

async function codes(at: StoreFixture, runId: string, profiles = [SMALL]): Promise<string[]> {
  return (await why(at, runId, profiles)).blockers.map(({ code }) => code);
}

export const explaining = exam({
  "a run that nobody knows": async (at) => {
    await expect(why(at, randomUUID())).rejects.toBeInstanceOf(DomainError);
  },

  "a ready worker makes it READY, and the next look gives it that worker": async (at) => {
    const runId = await at.submit();
    expect(await why(at, runId)).toMatchObject({
      verdict: "NOT_YET",
      blockers: [{ code: "LaunchDue" }],
    });
    const { workerId } = await at.ready();
    expect(await why(at, runId)).toMatchObject({ verdict: "READY", workerId });
  },

  "no profile is large enough": async (at) => {
    const runId = await at.submit({ resources: { cpuMillis: 9000, memoryMib: 512 } });
    await at.ready();
    expect(await why(at, runId)).toMatchObject({
      verdict: "NEVER",
      blockers: [
        { code: "ProfileMisfit", misfits: [{ what: "cpu", need: "9000m", have: "250m" }] },
      ],
    });
  },

  "runs ahead, of its own needs and of others, and not those behind": async (at) => {
    await at.submit({ priority: 10, resources: { cpuMillis: 100, memoryMib: 100 } });
    await at.submit({ priority: 5 });
    const runId = await at.submit();
    await at.submit({ priority: -5 });
    await at.submit({
      priority: 7,
      startAfter: new Date((await at.tables.now()) + 9_000).toISOString(),
    });
    await at.ready();
    expect(await why(at, runId)).toMatchObject({
      verdict: "NOT_YET",
      position: { ahead: 2, sameShape: 1, isLeast: false },
      blockers: [{ code: "BehindOthers" }, { code: "BehindOthers" }, { code: "LaunchDue" }],
    });
  },

  "it starts later": async (at) => {
    const startAfter = new Date((await at.tables.now()) + 90_000).toISOString();
    const runId = await at.submit({ startAfter });
    expect(await why(at, runId)).toMatchObject({
      ...{ verdict: "NOT_YET", position: null, summary: "it starts in 90 s, as was asked" },
      blockers: [{ code: "StartAfter" }],
    });
  },

  "it waits for a machine to be gone, and in backoff": async (at) => {
    const held = await at.running({ spec: { infrastructureLimit: 1 } });
    await at.lapse();
    const explanation = await why(at, held.runId);
    expect(explanation).toMatchObject({ verdict: "NOT_YET" });
    expect(explanation.blockers[0]).toMatchObject({ code: "WaitingForMachineGone" });
    expect(explanation.summary).toContain(held.workerId);
  },

  "each state of a worker that would fit": async (at) => {
    const runId = await at.submit();
    const busy = await at.running({ spec: { priority: 9 } });
    await at.launched();
    const leaving = await at.ready();
    await at.store.endWorkers([endOf(leaving.workerId, "leaving")]);
    const silent = await at.ready();
    await at.store.detachWorkers([silent]);
    const small = await at.ready({ cpuMillis: 100 });
    expect((await codes(at, runId)).toSorted()).toEqual(
      ["LaunchUnderWay", "WorkerBusy", "WorkerComing", "WorkerLeaving"].concat([
        "WorkerMisfit",
        "WorkerNoStream",
      ]),
    );
    const { blockers } = await why(at, runId);
    expect(blockers.find(({ code }) => code === "WorkerBusy")?.subject).toBe(
      `worker ${busy.workerId}`,
    );
    expect(blockers.find(({ code }) => code === "WorkerMisfit")?.subject).toBe(
      `worker ${small.workerId}`,
    );
  },

  "the lease of the only worker is over": async (at) => {
    const runId = await at.submit();
    await at.ready();
    await at.tables.advance(60_000);
    expect(await codes(at, runId)).toEqual(["WorkerLeaseOver", "LaunchDue"]);
  },

  "a worker that was made for another run, and one for this": async (at) => {
    const runId = await at.submit({ dedicatedWorker: true });
    const other = await at.submit({ dedicatedWorker: true, priority: -1 });
    await at.ready({ dedicatedRunId: other });
    expect(await codes(at, runId)).toEqual(["WorkerDedicated", "LaunchDue"]);
    await at.creating({ dedicatedRunId: runId });
    expect(await codes(at, runId)).toEqual(["WorkerComing", "WorkerDedicated", "LaunchUnderWay"]);
  },

  "the pool is full, and a launch fails": async (at) => {
    const runId = await at.submit();
    await at.running();
    expect(await codes(at, runId, [{ ...SMALL, maxWorkers: 1 }])).toEqual([
      "WorkerBusy",
      "ProfileAtMaximum",
    ]);
    const workerId = await at.creating();
    const failure = { workerId, reason: "Throttled", message: "slow down", waitMs: 1_000 };
    await at.store.claimLaunches(1);
    await at.store.launchesFailed([failure]);
    const { blockers } = await why(at, runId);
    expect(blockers.at(-1)).toMatchObject({
      code: "LaunchFailing",
      message: "profile small: a launch fails: slow down",
    });
  },

  "a run that a worker has, and one that is over": async (at) => {
    const held = await at.running();
    const { runId, workerId } = held;
    expect(await why(at, runId)).toMatchObject({ verdict: "PLACED", workerId, phase: "Running" });
    await at.cancel(runId);
    expect(await codes(at, runId)).toEqual(["Stopping"]);
    await at.report(held);
    expect(await why(at, runId)).toMatchObject({ verdict: "FINISHED", phase: "Cancelled" });
  },
});
