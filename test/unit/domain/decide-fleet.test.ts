import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { decideFleet, type EndRule } from "#core/domain/reconcile/decide-fleet.ts";
import type { FleetWorker } from "#core/domain/reconcile/snapshot.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import { makeProfile, makeReady, makeWorker, NOW } from "./make.ts";

const PROFILE = makeProfile({ idleTtlSeconds: 60 });
const rulesOf = (worker: FleetWorker, profiles: readonly MachineProfile[] = [PROFILE]) =>
  decideFleet([worker], profiles).map(({ rule }) => rule);

const PAST = NOW - 1;
const FUTURE = NOW + 1;
const IDLE_SINCE = NOW - 60_000;

describe("which worker must leave, and why", () => {
  it.each([
    // Creating
    ["Creating, waiting for its machine", makeWorker(), []],
    ["Creating, in time", makeWorker({ registerDeadlineAt: FUTURE }), []],
    ["Creating, never registered", makeWorker({ registerDeadlineAt: NOW }), ["register-late"]],
    [
      "Creating, no machine after the give-up time",
      makeWorker({ firstLaunchAt: NOW - limits.launchGiveUpMs }),
      ["launch-given-up"],
    ],
    [
      "Creating, no machine, still time",
      makeWorker({ firstLaunchAt: NOW - limits.launchGiveUpMs + 1 }),
      [],
    ],
    [
      "Creating, a machine late in coming is not given up",
      makeWorker({ firstLaunchAt: NOW - limits.launchGiveUpMs, externalId: "m" }),
      [],
    ],
    [
      "Creating, its run is over",
      makeWorker({ dedicatedRunId: "r", dedicatedRunOpen: false }),
      ["dedicated-orphan"],
    ],
    ["Creating, its run waits for it", makeWorker({ dedicatedRunId: "r" }), []],
    // Connecting
    ["Connecting, in time", makeWorker({ phase: "Connecting", connectDeadlineAt: FUTURE }), []],
    [
      "Connecting, silent",
      makeWorker({ phase: "Connecting", connectDeadlineAt: PAST }),
      ["connect-late"],
    ],
    [
      "Connecting, its run is over",
      makeWorker({ phase: "Connecting", dedicatedRunId: "r", dedicatedRunOpen: false }),
      ["dedicated-orphan"],
    ],
    // Ready
    ["Ready", makeReady(), []],
    ["Ready, lease over", makeReady({ leaseExpiresAt: NOW }), ["lease-over"]],
    ["Ready, too old", makeReady({ retireAt: NOW }), ["over-age"]],
    ["Ready, idle", makeReady({ idleSince: IDLE_SINCE }), ["idle"]],
    ["Ready, idle not quite long enough", makeReady({ idleSince: IDLE_SINCE + 1 }), []],
    [
      "Ready, its run is over",
      makeReady({ dedicatedRunId: "r", dedicatedRunOpen: false }),
      ["dedicated-orphan"],
    ],
    [
      "Ready, of a profile that is no longer configured",
      makeReady({ profile: "retired" }),
      ["idle"],
    ],
    // Busy and leaving
    ["Busy", makeReady({ phase: "Busy", runId: "r" }), []],
    ["Busy, too old", makeReady({ phase: "Busy", runId: "r", retireAt: PAST }), ["over-age"]],
    [
      "Busy, lease over: its attempt's business",
      makeReady({ phase: "Busy", runId: "r", leaseExpiresAt: PAST }),
      [],
    ],
    ["Draining, holding a run", makeReady({ phase: "Draining", runId: "r" }), []],
    ["Draining, empty", makeReady({ phase: "Draining" }), ["drained"]],
    ["Terminating", makeReady({ phase: "Terminating", leaseExpiresAt: PAST }), []],
  ] satisfies [string, FleetWorker, EndRule[]][])("%s", (_name, worker, rules) => {
    expect(rulesOf(worker)).toEqual(rules);
  });

  it("the first rule that holds is the reason: a dead worker is not merely idle", () => {
    const worker = makeReady({ leaseExpiresAt: PAST, idleSince: IDLE_SINCE, retireAt: PAST });
    expect(rulesOf(worker)).toEqual(["lease-over"]);
    expect(rulesOf({ ...worker, leaseExpiresAt: FUTURE })).toEqual(["over-age"]);
  });

  it("says what the guarded statement must check again, and what is shown", () => {
    expect(decideFleet([makeReady({ idleSince: IDLE_SINCE })], [PROFILE])).toEqual([
      { workerId: "w1", rule: "idle", reason: "Idle", message: null, idleMs: 60_000 },
    ]);
    const givenUp = makeWorker({
      firstLaunchAt: NOW - limits.launchGiveUpMs,
      message: "no Fargate here",
    });
    expect(decideFleet([givenUp], [PROFILE])).toMatchObject([
      { reason: "LaunchGivenUp", message: "no Fargate here" },
    ]);
  });
});

describe("the minimum of a pool", () => {
  const idle = (...ids: string[]) => ids.map((id) => makeReady({ id, idleSince: IDLE_SINCE }));
  const leaving = (fleet: FleetWorker[], minWorkers: number) =>
    decideFleet(fleet, [{ ...PROFILE, minWorkers }]).map(({ workerId }) => workerId);

  it("is kept although idle", () => {
    expect(leaving(idle("a", "b", "c"), 0)).toEqual(["a", "b", "c"]);
    expect(leaving(idle("a", "b", "c"), 2)).toEqual(["a"]);
    expect(leaving(idle("a", "b", "c"), 3)).toEqual([]);
    expect(leaving(idle("a", "b", "c"), 9)).toEqual([]);
  });

  it("busy workers count towards it", () => {
    const fleet = [...idle("a", "b"), makeReady({ id: "busy", phase: "Busy", runId: "r" })];
    expect(leaving(fleet, 1)).toEqual(["a", "b"]);
    expect(leaving(fleet, 2)).toEqual(["a"]);
  });

  it("workers that leave for another reason do not count towards it", () => {
    const dead = makeReady({ id: "dead", leaseExpiresAt: PAST });
    const old = makeReady({ id: "old", retireAt: PAST });
    expect(leaving([dead, old, ...idle("a")], 1)).toEqual(["dead", "old"]);
    expect(leaving([...idle("a", "b"), dead], 1)).toEqual(["a", "dead"]);
  });

  it("workers of one run do not count towards it: they are there for nobody else", () => {
    const own = makeReady({ id: "own", dedicatedRunId: "r" });
    expect(leaving([own, ...idle("a")], 1)).toEqual([]);
    expect(leaving([{ ...own, idleSince: IDLE_SINCE }, ...idle("a")], 1)).toEqual(["own"]);
  });

  it("holds for any fleet, per profile", () => {
    const names = ["p0", "p1"];
    const fleets = fc
      .array(
        fc.record({
          profile: fc.constantFrom(...names),
          phase: fc.constantFrom("Ready", "Busy", "Draining") as fc.Arbitrary<FleetWorker["phase"]>,
          idleSince: fc.constantFrom(null, IDLE_SINCE, NOW),
          leaseExpiresAt: fc.constantFrom(PAST, FUTURE),
          retireAt: fc.constantFrom(null, PAST),
          dedicatedRunId: fc.constantFrom(null, null, "r"),
        }),
        { maxLength: 15 },
      )
      .map((parts) => parts.map((part, at) => makeReady({ id: `w${at}`, ...part })));
    const living = (fleet: readonly FleetWorker[], name: string) =>
      fleet.filter(
        ({ profile, phase, dedicatedRunId }) =>
          profile === name && dedicatedRunId === null && (phase === "Ready" || phase === "Busy"),
      );
    fc.assert(
      fc.property(fleets, fc.integer({ min: 0, max: 5 }), (fleet, minWorkers) => {
        const profiles = names.map((name) => makeProfile({ name, minWorkers }));
        const ends = decideFleet(fleet, profiles);
        expect(new Set(ends.map(({ workerId }) => workerId)).size).toBe(ends.length);
        const gone = (rules: readonly string[]) =>
          new Set(ends.filter(({ rule }) => rules.includes(rule)).map(({ workerId }) => workerId));
        const must = gone(["lease-over", "over-age", "dedicated-orphan"]);
        const idled = gone(["idle"]);
        for (const name of names) {
          const staying = living(fleet, name).filter(({ id }) => !must.has(id));
          const kept = staying.filter(({ id }) => !idled.has(id));
          expect(kept.length).toBeGreaterThanOrEqual(Math.min(minWorkers, staying.length));
        }
      }),
    );
  });
});
