import { describe, expect, it } from "vitest";
import { matchRuns } from "#core/domain/reconcile/match-runs.ts";
import { isPlain, strategyOf } from "#core/domain/reconcile/prefer-workers.ts";
import type { ReadyWorker, WorkerUse } from "#core/domain/reconcile/snapshot.ts";
import { specDefaults } from "#core/domain/spec/defaults.ts";
import type { Scheduling, Strategy } from "#core/domain/spec/run-spec.ts";
import { makeOffer, makePlacement, makeShape } from "./make.ts";

const prefer = (given: Partial<Scheduling> = {}) =>
  makePlacement({ prefer: { ...specDefaults.scheduling, ...given } });

const worker = (id: string, given: Partial<ReadyWorker> = {}, use: Partial<WorkerUse> = {}) =>
  makeOffer({ id, use: { idleSince: 0, runsTaken: 0, affinityKey: null, ...use }, ...given });

/** Three workers that differ in everything a strategy looks at. */
const FLEET = [
  worker("small", { cpuMillis: 500 }, { idleSince: 30, runsTaken: 7 }),
  worker("middle", { cpuMillis: 1000, labels: { zone: "a" } }, { idleSince: 10, runsTaken: 5 }),
  worker("large", { cpuMillis: 4000 }, { idleSince: 20, runsTaken: 1, affinityKey: "cache" }),
];

function taken(given: Partial<Scheduling>, strategy: Strategy = "packing", fleet = FLEET) {
  const [match] = matchRuns([makeShape(["r"], { placement: prefer(given) })], fleet, 1, strategy);
  return match && { id: match.worker.id, ...match.decision };
}

describe("a strategy chooses", () => {
  it.each([
    ["packing", "small", "fits most tightly of those, then idle for longest"],
    ["least-loaded", "large", "took the fewest runs of those: 1"],
    ["round-robin", "middle", "has been free for longest of those"],
    ["first-available", "middle", "has been free for longest of those"],
    ["most-capacity", "large", "is the largest of those"],
  ] satisfies [Strategy, string, string][])("%s: %s", (strategy, id, reason) => {
    const chosen = { id, strategy, candidates: 3, score: 0, reasons: [reason] };
    expect(taken({ strategy })).toEqual(chosen);
    expect(taken({ preferredWorkers: ["none"] }, strategy)).toMatchObject({ id, strategy });
  });

  it("affinity: the worker of the last run of that key, else the tightest", () => {
    expect(taken({ affinityKey: "cache" })).toMatchObject({
      ...{ id: "large", strategy: "affinity", reasons: ["had the last run of cache"] },
    });
    expect(taken({ affinityKey: "other" })).toMatchObject({
      id: "small",
      reasons: ["no free worker had the last run of its key: fits most tightly"],
    });
  });

  it("of equals the one idle for longest, then the first", () => {
    const equal = [worker("a", {}, { idleSince: 2 }), worker("b", {}, { idleSince: 1 })];
    for (const strategy of ["packing", "least-loaded", "most-capacity"] as const)
      expect(taken({ strategy }, "packing", equal)?.id).toBe("b");
    const same = [worker("a"), worker("b")];
    expect(taken({ strategy: "least-loaded" }, "packing", same)?.id).toBe("a");
  });
});

describe("what a run prefers", () => {
  it("comes before any strategy, a worker before all labels", () => {
    const preferredLabels = [{ key: "zone", value: "a", weight: 100 }];
    expect(taken({ preferredLabels })).toMatchObject({
      ...{ id: "middle", score: 100 },
      reasons: [
        "has the preferred label zone=a (+100)",
        "fits most tightly of those, then idle for longest",
      ],
    });
    expect(taken({ preferredLabels, preferredWorkers: ["large"] })).toMatchObject({
      ...{ id: "large", score: 1000 },
    });
  });

  it("is soft: what is not there stops nobody", () => {
    const preferredLabels = [{ key: "zone", value: "b", weight: 1 }];
    expect(taken({ preferredLabels, preferredWorkers: ["gone"] })?.id).toBe("small");
  });

  it("labels add up", () => {
    const fleet = [
      worker("one", { labels: { a: "1" } }),
      worker("both", { labels: { a: "1", b: "1" } }),
    ];
    const weighted = (a: number, b: number) => [
      { key: "a", value: "1", weight: a },
      { key: "b", value: "1", weight: b },
    ];
    expect(taken({ preferredLabels: weighted(1, 1) }, "packing", fleet)).toMatchObject({
      ...{ id: "both", score: 2 },
    });
  });

  it("an excluded worker is never taken", () => {
    expect(taken({ excludedWorkers: ["small"] })).toMatchObject({ id: "middle", candidates: 2 });
    expect(taken({ excludedWorkers: ["small", "middle", "large"] })).toBeUndefined();
    expect(taken({ excludedWorkers: ["small"], preferredWorkers: ["small"] })?.id).toBe("middle");
  });
});

describe("whose word counts", () => {
  it.each([
    ["nothing said", makePlacement(), "packing"],
    ["affinity without a key", prefer({ strategy: "affinity" }), "packing"],
    ["a key", prefer({ affinityKey: "k" }), "affinity"],
    ["a key and a strategy", prefer({ affinityKey: "k", strategy: "packing" }), "packing"],
  ] as const)("%s", (_, placement, strategy) => {
    expect(strategyOf(placement, "affinity")).toBe(strategy);
  });

  it("a run that prefers nothing obeys the install, and is told why", () => {
    const [match] = matchRuns([makeShape(["r"])], FLEET, 1, "least-loaded");
    expect(match).toMatchObject({
      worker: { id: "large" },
      decision: { strategy: "least-loaded" },
    });
  });

  it("where nobody prefers anything no decision is made up", () => {
    expect(matchRuns([makeShape(["r"])], FLEET)[0]).toMatchObject({ decision: null });
    expect(matchRuns([makeShape(["r"])], FLEET, 1, "affinity")[0]).toMatchObject({
      decision: null,
    });
    expect(isPlain(makePlacement(), "packing")).toBe(true);
    expect(isPlain(prefer(), "packing")).toBe(false);
  });
});
