import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { explain } from "#core/application/explain-run.ts";
import { placeRuns } from "#core/application/place-runs.ts";
import { limits } from "#core/domain/limits.ts";
import { specDefaults } from "#core/domain/spec/defaults.ts";
import type { RunSpec, Scheduling } from "#core/domain/spec/run-spec.ts";
import { NO_TELEMETRY } from "#core/ports/telemetry.ts";
import { aRun } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { aTemplate, aTemplateRun } from "../support/template-factories.ts";
import { exam, unchanged } from "./exam.ts";

const prefer = (given: Partial<Scheduling>): Partial<RunSpec> => ({
  scheduling: { ...specDefaults.scheduling, ...given },
});
const config = { strategy: "packing", pendingRunsMax: limits.pendingRunsMax } as const;
const AS_GATEWAY = { runsMin: 0, dueMax: limits.placementRunsPerShapeMax + 1 };

const place = (at: StoreFixture, self: string | null = null) =>
  placeRuns({
    ...{ store: at.store, newId: randomUUID, telemetry: NO_TELEMETRY, self },
    bounds: AS_GATEWAY,
  });

/** Submits a run, places it, and says on which worker; undefined = on none. */
async function placedOn(at: StoreFixture, spec: Partial<RunSpec>): Promise<string | undefined> {
  const runId = await at.submit(spec);
  const { assigned } = await place(at);
  return assigned.find((one) => one.runId === runId)?.workerId;
}

/** Workers that became ready one after another; the first idles for longest. */
async function readyInTurn(at: StoreFixture, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    ids.push((await at.ready()).workerId);
    await at.tables.advance(10);
  }
  return ids;
}

export const preferring = exam({
  "without a preference nothing more is read, and nothing is kept": async (at) => {
    await at.ready();
    const runId = await at.submit();
    const { workers, strategy } = await at.store.placement(AS_GATEWAY);
    expect(workers[0]).not.toHaveProperty("use");
    expect(strategy).toBeUndefined();
    await place(at);
    expect(await at.tables.attempt(runId)).toMatchObject({ decision: null });
    expect(await explain({ ...at, profiles: [] }, runId)).toMatchObject({
      decision: { strategy: "packing", candidates: null, score: 0 },
    });
  },

  "excluded workers do not hide the others behind them": async (at) => {
    const ids = await readyInTurn(at, 4);
    const excludedWorkers = ids.slice(0, 3).toSorted();
    expect(await placedOn(at, prefer({ excludedWorkers }))).toBe(ids[3]);
    expect(await placedOn(at, prefer({ excludedWorkers }))).toBeUndefined();
    const runs = await at.tables.rows("select id::text from hodei.run where phase = 'Pending'");
    const { verdict, blockers } = await explain({ ...at, profiles: [] }, String(runs[0]?.id));
    expect(verdict).toBe("NOT_YET");
    expect(blockers.filter(({ code }) => code === "WorkerExcluded")).not.toEqual([]);
  },

  "a preferred worker is seen wherever it stands, and taken": async (at) => {
    const ids = await readyInTurn(at, 5);
    const preferredWorkers = [ids[4] as string, randomUUID()].toSorted();
    const runId = await at.submit(prefer({ preferredWorkers }));
    const { workers } = await at.store.placement(AS_GATEWAY);
    expect(workers.map(({ id }) => id).toSorted()).toEqual(ids.toSorted()); // each once
    const { assigned } = await place(at);
    expect(assigned).toMatchObject([{ runId, workerId: ids[4] }]);
    expect(await explain({ ...at, profiles: [] }, runId)).toMatchObject({
      ...{ verdict: "PLACED", workerId: ids[4] },
      decision: {
        ...{
          strategy: "packing",
          candidates: 5,
          score: 1000,
          executionId: assigned[0]?.executionId,
        },
        reasons: ["is a preferred worker", "fits most tightly of those, then idle for longest"],
      },
    });
  },

  "a preferred worker that is busy, gone or made for another run is passed over": async (at) => {
    const { workerId } = await at.running();
    const own = await at.ready({ dedicatedRunId: await at.submit({ dedicatedWorker: true }) });
    const other = await at.ready();
    const preferredWorkers = [workerId, own.workerId].toSorted();
    expect(await placedOn(at, prefer({ preferredWorkers }))).toBe(other.workerId);
  },

  "a preferred label": async (at) => {
    await readyInTurn(at, 2);
    const { workerId } = await at.ready({ labels: { zone: "a" } });
    const preferredLabels = [{ key: "zone", value: "a", weight: 5 }];
    expect(await placedOn(at, prefer({ preferredLabels }))).toBe(workerId);
  },

  "least-loaded: who took the fewest runs": async (at) => {
    const [first = "", second] = await readyInTurn(at, 2);
    await at.tables.plant("update hodei.worker set runs_taken = 3 where id = $1", [first]);
    expect(await placedOn(at, prefer({ strategy: "least-loaded" }))).toBe(second);
  },

  "round-robin: who idles for longest, whatever it is": async (at) => {
    const large = await at.ready({ cpuMillis: 8_000, memoryMib: 8_000 });
    await at.tables.advance(10);
    await at.ready();
    expect(await placedOn(at, prefer({ strategy: "round-robin" }))).toBe(large.workerId);
  },

  "affinity: the worker of the last run of the key, also after runs without one": async (at) => {
    const [first, second] = await readyInTurn(at, 2);
    const key = prefer({ affinityKey: "cache" });
    const held = await at.submit(key);
    await place(at);
    expect(await at.tables.worker(first as string)).toMatchObject({ affinity_key: "cache" });
    const attempt = await at.tables.attempt(held);
    expect(attempt).toMatchObject({ worker_id: first, decision: { strategy: "affinity" } });
    await at.tables.plant(
      `update hodei.worker set phase = 'Ready', run_id = null, run_fence = null, idle_since = hodei.clock()
        where id = $1`,
      [first],
    );
    await at.tables.plant("delete from hodei.attempt");
    await at.tables.plant("delete from hodei.run");
    expect(await placedOn(at, prefer({ strategy: "packing" }))).toBe(second);
    expect(await placedOn(at, key)).toBe(first);
  },
});

export const placed = exam({
  "where a run was put, and why; nobody's run was put nowhere": async (at) => {
    expect(await at.scheduler.placed(randomUUID())).toBeNull();
    const runId = await at.submit(prefer({ strategy: "round-robin" }));
    expect(await at.scheduler.placed(runId)).toMatchObject({
      ...{ phase: "Pending", cpuMillis: 250, memoryMib: 512, attempt: null },
    });
    const { workerId } = await at.ready();
    const { assigned } = await place(at);
    expect(await at.scheduler.placed(runId)).toMatchObject({
      phase: "Assigned",
      attempt: {
        ...{ workerId, executionId: assigned[0]?.executionId, assignedAt: await at.tables.now() },
        decision: { strategy: "round-robin", candidates: 1 },
      },
    });
  },

  "ready workers, and no others": async (at) => {
    const { workerId } = await at.ready({ labels: { zone: "a" } });
    await at.running();
    await at.launched();
    await at.ready({ dedicatedRunId: await at.submit({ dedicatedWorker: true }) });
    await at.store.detachWorkers([await at.ready()]);
    expect(await at.scheduler.readyWorkers(10)).toMatchObject([
      {
        ...{ id: workerId, profile: "small", labels: { zone: "a" }, dedicatedRunId: null },
        use: { runsTaken: 0, affinityKey: null },
      },
    ]);
    await at.ready();
    expect(await at.scheduler.readyWorkers(1)).toHaveLength(1);
    await at.tables.advance(60_000);
    expect(await at.scheduler.readyWorkers(10)).toEqual([]);
  },
});

export const configuring = exam({
  "nothing configured is what the code says": async (at) => {
    expect(await at.scheduler.scheduler()).toEqual({ ...config, version: 0 });
  },

  "a configuration is stored, its version rises, and every look reads it": async (at) => {
    const wanted = { ...config, strategy: "most-capacity" as const };
    expect(await at.scheduler.setScheduler({ ...wanted, version: 0 }, null)).toBe(true);
    expect(await at.scheduler.scheduler()).toEqual({ ...wanted, version: 1 });
    await at.ready();
    const large = await at.ready({ cpuMillis: 8_000, memoryMib: 8_000 });
    const runId = await at.submit();
    expect(await at.store.placement(AS_GATEWAY)).toMatchObject({ strategy: "most-capacity" });
    expect(await explain({ ...at, profiles: [] }, runId)).toMatchObject({
      ...{ verdict: "READY", workerId: large.workerId },
      decision: { strategy: "most-capacity", candidates: 2, at: null },
    });
    await place(at);
    expect(await at.tables.attempt(runId)).toMatchObject({
      ...{ worker_id: large.workerId, decision: { strategy: "most-capacity" } },
    });
  },

  "the same again changes nothing, with whatever version": async (at) => {
    const wanted = { ...config, strategy: "least-loaded" as const, version: 0 };
    await at.scheduler.setScheduler(wanted, null);
    expect(await unchanged(at, () => at.scheduler.setScheduler(wanted, null))).toBe(true);
    const anew = { ...wanted, version: null };
    expect(await unchanged(at, () => at.scheduler.setScheduler(anew, null))).toBe(true);
  },

  "refused: another version than the one that is stored": async (at) => {
    await at.scheduler.setScheduler({ ...config, strategy: "least-loaded", version: null }, null);
    const late = { ...config, strategy: "round-robin" as const, version: 0 };
    expect(await unchanged(at, () => at.scheduler.setScheduler(late, null))).toBe(false);
    expect(await at.scheduler.setScheduler({ ...late, version: 1 }, null)).toBe(true);
    expect(await at.scheduler.scheduler()).toMatchObject({ strategy: "round-robin", version: 2 });
  },

  "two changes of one version: one of them is stored": async (at) => {
    const strategies = ["least-loaded", "round-robin"] as const;
    const stored = await Promise.all(
      strategies.map((strategy) =>
        at.scheduler.setScheduler({ ...config, strategy, version: 0 }, null),
      ),
    );
    expect(stored.toSorted()).toEqual([false, true]);
    const strategy = strategies[stored.indexOf(true)];
    expect(await at.scheduler.scheduler()).toMatchObject({ strategy, version: 1 });
  },

  "what a newer version configured is the default here": async (at) => {
    await at.tables.plant(`update hodei.control set scheduler = '{"strategy": "clairvoyant"}'`);
    expect(await at.scheduler.scheduler()).toMatchObject(config);
    await at.ready();
    expect(await placedOn(at, {})).toBeDefined();
  },

  "more waiting runs than it allows are refused": async (at) => {
    await at.scheduler.setScheduler({ ...config, pendingRunsMax: 1, version: null }, null);
    await at.submit();
    await at.store.countPending();
    expect(await at.store.insertRuns([aRun()])).toMatchObject([{ stored: null, full: true }]);
    const template = aTemplate();
    await at.templates.createTemplate(template);
    const ofTemplate = await at.templates.insertTemplateRun(aTemplateRun(template.id));
    expect(ofTemplate).toMatchObject({ stored: null, full: true, number: null });
    await at.scheduler.setScheduler({ ...config, version: null }, null);
    expect(await at.store.insertRuns([aRun()])).toMatchObject([{ full: false }]);
  },

  "waiting runs are counted again when the last count is old enough": async (at) => {
    const counted = async () => (await at.tables.control()).pending_count;
    await at.submit();
    await at.store.countPending();
    await at.submit();
    await at.tables.advance(limits.pendingCountPeriodMs - 1);
    await at.store.countPending();
    expect(await counted()).toBe(1);
    await at.tables.advance(1);
    await at.store.countPending();
    expect(await counted()).toBe(2);
  },
});
