import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explainRun } from "#core/domain/explain/explain-run.ts";
import type { ExplainSnapshot } from "#core/domain/explain/explanation.ts";
import { decideCapacity } from "#core/domain/reconcile/decide-capacity.ts";
import { matchRuns } from "#core/domain/reconcile/match-runs.ts";
import type { FleetWorker } from "#core/domain/reconcile/snapshot.ts";
import { fits } from "#core/domain/worker/fit.ts";
import {
  makeKind,
  makeLoad,
  makeOffer,
  makePlacement,
  makeProfile,
  makeShape,
  makeSnapshot,
  makeWorker,
  NOW,
} from "./make.ts";

const cpu = fc.constantFrom(250, 500, 1000, 2000, 4000);

/** A queue with the run somewhere in it, ready workers of several sizes, and profiles. */
const snapshots: fc.Arbitrary<ExplainSnapshot> = fc
  .record({
    needs: cpu,
    others: cpu,
    ahead: fc.integer({ min: 0, max: 4 }),
    aheadOfOthers: fc.integer({ min: 0, max: 4 }),
    behind: fc.integer({ min: 0, max: 2 }),
    workers: fc.array(fc.record({ cpuMillis: cpu, isTaken: fc.boolean() }), { maxLength: 6 }),
    profiles: fc.array(fc.record({ cpuMillis: cpu, maxWorkers: fc.integer({ min: 0, max: 3 }) }), {
      maxLength: 3,
    }),
    launchTokens: fc.constantFrom(0, 0.9, 1, 40),
    notBefore: fc.constantFrom(0, NOW, NOW + 1),
    isListed: fc.boolean(),
  })
  .map(({ needs, others, ahead, aheadOfOthers, behind, ...rest }) => {
    const placement = makePlacement({ cpuMillis: needs });
    const entry = (id: string, rank: number) => ({
      id,
      fence: 0,
      rank,
      dueAt: 0,
      reason: null,
      message: null,
    });
    const mine = [
      ...Array.from({ length: ahead }, (_, n) => entry(`a${n}`, n)),
      ...(rest.isListed && rest.notBefore <= NOW ? [entry("run", 10)] : []),
      ...Array.from({ length: behind }, (_, n) => entry(`z${n}`, 20 + n)),
    ];
    const theirs = Array.from({ length: aheadOfOthers }, (_, n) => entry(`o${n}`, n));
    const other = makePlacement({ cpuMillis: others, memoryMib: 1 });
    const offers = rest.workers.map(({ cpuMillis }, n) => makeOffer({ id: `w${n}`, cpuMillis }));
    const ready = offers.filter((_, n) => !rest.workers[n]?.isTaken);
    const kinds = offers.map((offer, n) =>
      makeKind({
        ...offer,
        workerId: offer.id,
        state: rest.workers[n]?.isTaken ? "Busy" : "Ready",
      }),
    );
    return makeSnapshot(
      {
        queue: [
          makeShape([], { shape: "other", placement: other, due: theirs.length, runs: theirs }),
          makeShape([], { shape: "shape", placement, due: mine.length, runs: mine }),
        ],
        workers: ready,
        kinds,
        profiles: rest.profiles.map((profile, n) => makeProfile({ name: `p${n}`, ...profile })),
        launchTokens: rest.launchTokens,
        position: { ahead: ahead + aheadOfOthers, sameShape: ahead, isLeast: false },
      },
      { placement, rank: 10, notBefore: rest.notBefore },
    );
  });

const isPlaced = ({ queue, workers, run }: ExplainSnapshot): boolean =>
  matchRuns(queue, workers).some((match) => match.run.id === run.id);

describe("for any snapshot", () => {
  it("a run is placed by the same look exactly when it is READY", () => {
    fc.assert(
      fc.property(snapshots, (at) => {
        const listed = at.queue.some(({ runs }) => runs.some(({ id }) => id === "run"));
        fc.pre(listed || at.run.notBefore > NOW);
        expect(explainRun(at).verdict === "READY").toBe(isPlaced(at));
      }),
    );
  });

  it("a run that the queue does not show is judged as if it stood there", () => {
    fc.assert(
      fc.property(snapshots, (at) => {
        fc.pre(at.run.notBefore <= NOW);
        const shown = at.queue.map((shape) =>
          shape.shape !== "shape" || shape.runs.some(({ id }) => id === "run")
            ? shape
            : {
                ...shape,
                due: shape.due + 1,
                runs: [
                  ...shape.runs,
                  { id: "run", fence: 0, rank: 10, dueAt: 0, reason: null, message: null },
                ],
              },
        );
        expect(explainRun(at).verdict).toBe(explainRun({ ...at, queue: shown }).verdict);
      }),
    );
  });

  it("who is not placed hears why, and NEVER is said only where nothing fits", () => {
    fc.assert(
      fc.property(snapshots, (at) => {
        const { verdict, blockers, unblockedBy } = explainRun(at);
        const possible = [...at.profiles, ...at.kinds].some((one) => fits(at.run.placement, one));
        expect(verdict === "NEVER").toBe(!possible);
        expect(blockers.length === 0).toBe(verdict === "READY");
        if (verdict === "NOT_YET" && at.run.notBefore <= NOW) {
          const waits = blockers.every(({ code }) => code.endsWith("Misfit"));
          expect(waits).toBe(false);
          expect(unblockedBy.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it("doing what lifts a NEVER lifts it", () => {
    fc.assert(
      fc.property(snapshots, (at) => {
        fc.pre(at.profiles.length > 0 && explainRun(at).verdict === "NEVER");
        const [first] = explainRun(at).blockers;
        const cpuMillis = Number.parseInt(first?.misfits[0]?.have ?? "", 10);
        const placement = { ...at.run.placement, cpuMillis };
        expect(explainRun({ ...at, run: { ...at.run, placement } }).verdict).not.toBe("NEVER");
      }),
    );
  });
});

describe("for any fleet of one profile", () => {
  const fleets = fc.record({
    workers: fc.array(
      fc.record({
        phase: fc.constantFrom<FleetWorker["phase"][]>(
          ...(["Creating", "Connecting", "Busy", "Draining", "Terminating"] as const),
        ),
        externalId: fc.constantFrom(null, "machine"),
        launchFailures: fc.constantFrom(0, 2),
      }),
      { maxLength: 5 },
    ),
    maxWorkers: fc.integer({ min: 0, max: 5 }),
    launchTokens: fc.constantFrom(0, 1, 40),
    failures: fc.constantFrom(0, 3, 9),
  });

  it("it says that a machine will be made exactly when the pass makes one", () => {
    fc.assert(
      fc.property(fleets, ({ workers, maxWorkers, launchTokens, failures }) => {
        const fleet = workers.map((worker, n) => makeWorker({ id: `w${n}`, ...worker }));
        const failing =
          failures > 0 ? [{ profile: "small", failures, lastAt: NOW - 1_000, message: null }] : [];
        const profiles = [makeProfile({ maxWorkers })];
        const plan = decideCapacity(
          ...([[makeShape(["run"])], fleet, profiles, Math.floor(launchTokens)] as const),
          ...([failing, NOW] as const),
        );
        const isComing = ({ phase }: FleetWorker) => phase === "Creating" || phase === "Connecting";
        const troubled = fleet.some((one) => one.phase === "Creating" && one.launchFailures > 0);
        const load = makeLoad({
          coming: fleet.filter(isComing).length,
          taken: fleet.filter((one) => one.phase !== "Terminating" || one.externalId !== null)
            .length,
          trouble: troubled ? "throttled" : null,
        });
        const { blockers } = explainRun(
          makeSnapshot({ loads: [load], profiles, failing, launchTokens }),
        );
        const isDue = blockers.some(({ code }) => code === "LaunchDue");
        // A launch that fails is what matters of a profile, although another may be under way.
        if (!troubled) expect(isDue).toBe(plan.launches.length > 0);
        else expect(isDue).toBe(false);
      }),
    );
  });
});
