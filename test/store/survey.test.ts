import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createInvariantReader } from "#adapters/store/invariant-reader.ts";
import { readOverdue } from "#adapters/store/reads/overdue.ts";
import { CLOCK_INVARIANTS } from "#core/domain/invariants.ts";
import { limits } from "#core/domain/limits.ts";
import { SCHEMA_VERSION } from "#core/domain/schema-version.ts";
import type { InvariantReader } from "#core/ports/invariant-reader.ts";
import { DRIVERS, openStore, type StoreFixture } from "../support/store-fixture.ts";

const MINUTE = 60_000;

describe.each(DRIVERS)("the survey of invariants over %s", (driver) => {
  let at: StoreFixture;
  let reader: InvariantReader;
  beforeAll(async () => {
    at = await openStore(driver);
    await at.tables.dropSecondNet();
    reader = createInvariantReader(at.sql);
  });
  beforeEach(() => at.reset());
  afterAll(() => at.close());

  const names = async () => (await reader.survey()).found.map(({ invariant }) => invariant);

  test("is empty where all is well, and counts what it looked at", async () => {
    const done = await at.running();
    await at.report(done);
    await at.running();
    const survey = await reader.survey();
    expect(survey).toMatchObject({ runs: 2, workers: 2, isCut: false, found: [] });
    expect(survey.at).toBe(await at.tables.now());
  });

  test("counts what is broken, and shows the first", async () => {
    for (let n = 0; n < limits.violationsShownMax + 2; n += 1) await at.submit();
    await at.tables.plant("update hodei.run set fence = 1");
    const { found } = await reader.survey();
    const mine = found.find(({ invariant }) => invariant === "fence-is-newest-attempt");
    expect(mine?.violations).toBe(limits.violationsShownMax + 2);
    expect(mine?.first).toHaveLength(limits.violationsShownMax);
    expect(mine?.first[0]?.detail).toBe("fence 1, 0 attempts up to ");
  });

  /** What runs out of time, and when somebody should have seen it at the latest. */
  const CLOCKS: Readonly<Record<keyof typeof CLOCK_INVARIANTS, () => Promise<unknown>>> = {
    "deadline-is-kept": () => at.submit({ activeDeadlineSeconds: 1 }),
    "stop-is-carried-out": async () => at.cancel((await at.running()).runId),
    "command-is-accepted-or-returned": () => at.assigned(),
    "attempt-timeout-is-kept": () => at.running({ spec: { attemptTimeoutSeconds: 1 } }),
    "blocked-run-is-freed": async () => {
      const [run, worker] = [await at.submit(), await at.ready()];
      await at.store.endMachines([await at.machineEndOf(worker.workerId)]);
      await at.tables.plant(
        "update hodei.run set blocked_by = $2, pending_reason = 'WaitingForMachineGone' where id = $1",
        [run, worker.workerId],
      );
    },
    "lost-worker-leaves": () => at.ready(),
    "machine-registers": () => at.launched(),
    "worker-connects": () => at.connecting(),
    "launch-is-given-up": async () => {
      await at.creating();
      await at.store.claimLaunches(1);
    },
    "machine-goes": () =>
      at
        .ready()
        .then(({ workerId }) =>
          at.tables.plant(
            "update hodei.worker set phase = 'Terminating', ending_at = hodei.clock() where id = $1",
            [workerId],
          ),
        ),
  };

  test.each(Object.entries(CLOCKS))("%s: in time it is none, later it is", async (name, scene) => {
    await scene();
    expect(await names()).not.toContain(name);
    await at.tables.advance(30 * MINUTE);
    expect(await names()).toContain(name);
  });

  test("nobody is overdue while all gateways are silent", async () => {
    await at.ready();
    await at.store.beatGateway("00000000-0000-4000-8000-00000000000a", "here");
    await at.tables.advance(30 * MINUTE);
    expect(await names()).toEqual([]);
  });

  test("every clock has its words", () => {
    const known = [...readOverdue.text.matchAll(/select '([a-z-]+)'/g)].map(([, name]) => name);
    expect([...new Set(known)].sort()).toEqual(Object.keys(CLOCK_INVARIANTS).sort());
  });

  test("says how gateways, ticks and launches are", async () => {
    expect(await reader.platform()).toMatchObject({
      ...{ schemaVersion: SCHEMA_VERSION, gateways: [], sweptAt: null, launching: true },
      launchFailures: { workers: 0, message: null },
    });
    const id = "00000000-0000-4000-8000-00000000000a";
    await at.store.beatGateway(id, "here");
    await at.store.claimSweep();
    const workerId = await at.creating();
    await at.store.claimLaunches(1);
    const failure = { workerId, reason: "NoCapacity", message: "none left", waitMs: 1 };
    await at.store.launchesFailed([failure]);
    const now = await at.tables.now();
    expect(await reader.platform()).toMatchObject({
      ...{ now, gateways: [{ id, beatAt: now }], sweptAt: now },
      launchFailures: { workers: 1, message: "none left" },
    });
  });
});
