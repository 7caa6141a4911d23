import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideCapacity, type Launch } from "#core/domain/reconcile/decide-capacity.ts";
import { restAfterFailuresMs } from "#core/domain/reconcile/launch-retry.ts";
import type { FailingProfile, FleetWorker, QueuedShape } from "#core/domain/reconcile/snapshot.ts";
import { chooseProfile } from "#core/domain/worker/fit.ts";
import { WORKER_PHASES } from "#core/domain/worker/phase.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import { makePlacement, makeProfile, makeShape, makeWorker, NOW } from "./make.ts";

const sizes = fc.constantFrom(500, 1000, 2000, 4000, 8000);
const phases = fc.constantFrom(
  ...WORKER_PHASES.filter((phase) => phase !== "Terminated"),
) as fc.Arbitrary<FleetWorker["phase"]>;

const profileLists: fc.Arbitrary<MachineProfile[]> = fc
  .array(
    fc.record({
      cpuMillis: sizes,
      minWorkers: fc.integer({ min: 0, max: 4 }),
      beyond: fc.integer({ min: 0, max: 8 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) =>
    parts.map(({ cpuMillis, minWorkers, beyond }, at) =>
      makeProfile({ name: `p${at}`, cpuMillis, minWorkers, maxWorkers: minWorkers + beyond }),
    ),
  );

const queues: fc.Arbitrary<QueuedShape[]> = fc
  .array(
    fc.record({
      cpuMillis: fc.constantFrom(250, 1000, 3000, 9000),
      dedicatedWorker: fc.boolean(),
      listed: fc.integer({ min: 0, max: 4 }),
      unlisted: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 4 },
  )
  .map((parts) =>
    parts.map(({ listed, unlisted, ...needs }, at) =>
      makeShape(
        Array.from({ length: listed }, (_, i) => `r${at}-${i}`),
        { shape: `s${at}`, due: listed + unlisted, placement: makePlacement(needs) },
      ),
    ),
  );

const scenes = fc.record({ profiles: profileLists, queue: queues }).chain(({ profiles, queue }) => {
  const names = profiles.map(({ name }) => name);
  const runIds = queue.flatMap(({ runs }) => runs.map(({ id }) => id));
  const fleet = fc
    .array(
      fc.record({
        phase: phases,
        profile: fc.constantFrom("retired", ...names),
        dedicatedRunId: fc.constantFrom(null, null, "stranger", ...runIds),
        externalId: fc.constantFrom(null, "machine"),
      }),
      { maxLength: 12 },
    )
    .map((parts) => parts.map((part, at) => makeWorker({ id: `w${at}`, ...part })));
  const failing = fc.subarray(names).chain((some) =>
    fc.tuple(
      ...some.map((profile) =>
        fc.record({
          profile: fc.constant(profile),
          failures: fc.integer({ min: 0, max: 9 }),
          lastAt: fc.integer({ min: NOW - 90_000, max: NOW }),
          message: fc.constant(null),
        }),
      ),
    ),
  );
  return fc.record({
    profiles: fc.constant(profiles),
    queue: fc.constant(queue),
    fleet,
    failing: failing as fc.Arbitrary<FailingProfile[]>,
    launchesMax: fc.integer({ min: 0, max: 40 }),
  });
});
type Scene = typeof scenes extends fc.Arbitrary<infer S> ? S : never;

const decide = ({ queue, fleet, profiles, launchesMax, failing }: Scene) =>
  decideCapacity(queue, fleet, profiles, launchesMax, failing, NOW);

const countBy = (launches: readonly Launch[], name: string) =>
  launches.filter(({ profile }) => profile.name === name).length;

/** The launches as the rows they become. */
const rowsOf = (launches: readonly Launch[]): FleetWorker[] =>
  launches.map(({ profile, dedicatedRunId }, at) =>
    makeWorker({ id: `new${at}`, profile: profile.name, dedicatedRunId }),
  );

describe("for any queue, fleet and profiles", () => {
  it("launches never pass demand and minimum, nor the budget of this pass", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { launches } = decide(scene);
        const demand = scene.queue.reduce((sum, { due }) => sum + due, 0);
        const minimum = scene.profiles.reduce((sum, { minWorkers }) => sum + minWorkers, 0);
        expect(launches.length).toBeLessThanOrEqual(demand + minimum);
        expect(launches.length).toBeLessThanOrEqual(scene.launchesMax);
      }),
    );
  });

  it("no profile grows beyond its maximum", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { launches } = decide(scene);
        for (const { name, maxWorkers } of scene.profiles) {
          const there = scene.fleet.filter(
            ({ profile, phase, externalId, firstLaunchAt }) =>
              profile === name &&
              (phase !== "Terminating" || externalId !== null || firstLaunchAt !== null),
          ).length;
          expect(countBy(launches, name)).toBeLessThanOrEqual(Math.max(0, maxWorkers - there));
        }
      }),
    );
  });

  it("a second pass over the same demand, with the rows of the first, wants nothing more", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { launches } = decide(scene);
        const fleet = [...scene.fleet, ...rowsOf(launches)];
        const again = decide({ ...scene, fleet }).launches;
        const cut = launches.length === scene.launchesMax;
        expect(cut ? [] : again).toEqual([]);
      }),
    );
  });

  it("passes cut by the budget add up to one that is not", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const whole = decide({ ...scene, launchesMax: 1000 }).launches.length;
        let fleet = scene.fleet;
        for (let pass = 0; pass < 100; pass += 1) {
          const step = decide({ ...scene, fleet, launchesMax: 3 }).launches;
          if (step.length === 0) break;
          fleet = [...fleet, ...rowsOf(step)];
        }
        expect(fleet.length - scene.fleet.length).toBe(whole);
      }),
    );
  });

  it("a machine is made only where it serves: of the profile that some run chose, or for the minimum", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { launches } = decide(scene);
        for (const profile of scene.profiles) {
          const chosen = scene.queue
            .filter(({ placement }) => chooseProfile(placement, scene.profiles) === profile)
            .reduce((sum, { due }) => sum + due, 0);
          expect(countBy(launches, profile.name)).toBeLessThanOrEqual(chosen + profile.minWorkers);
        }
        expect(scene.profiles).toEqual(expect.arrayContaining(launches.map((one) => one.profile)));
      }),
    );
  });

  it("every run that wants its own worker gets at most one, and one when there is room", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { launches } = decide(scene);
        const own = launches.flatMap(({ dedicatedRunId }) => dedicatedRunId ?? []);
        expect(new Set(own).size).toBe(own.length);
        const roomy = scene.profiles.map((profile) => ({ ...profile, maxWorkers: 1000 }));
        const free = decide({ ...scene, profiles: roomy, launchesMax: 1000, failing: [] });
        const wanting = scene.queue.filter(
          ({ placement }) => placement.dedicatedWorker && chooseProfile(placement, roomy),
        );
        const served = (id: string, profile: string | undefined) =>
          free.launches.some(({ dedicatedRunId }) => dedicatedRunId === id) ||
          scene.fleet.some(
            (worker) =>
              worker.dedicatedRunId === id &&
              worker.profile === profile &&
              worker.phase !== "Draining" &&
              worker.phase !== "Terminating",
          );
        for (const { runs, placement } of wanting)
          for (const { id } of runs)
            expect(served(id, chooseProfile(placement, roomy)?.name)).toBe(true);
      }),
    );
  });

  it("a profile at rest launches nothing", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { launches } = decide(scene);
        for (const { profile, failures, lastAt } of scene.failing)
          if (lastAt + restAfterFailuresMs(failures) > NOW)
            expect(countBy(launches, profile)).toBe(0);
      }),
    );
  });

  it("everything that waits is told why, once", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { waiting } = decide(scene);
        expect(waiting.map(({ shape }) => shape)).toEqual(
          scene.queue.filter(({ due }) => due > 0).map(({ shape }) => shape),
        );
        for (const { message } of waiting) expect(message).not.toBe("");
      }),
    );
  });
});
