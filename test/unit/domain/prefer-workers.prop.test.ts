import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchRuns } from "#core/domain/reconcile/match-runs.ts";
import { inOrderOfPreference, pointsOf } from "#core/domain/reconcile/prefer-workers.ts";
import type { ReadyWorker } from "#core/domain/reconcile/snapshot.ts";
import { type Scheduling, STRATEGIES } from "#core/domain/spec/run-spec.ts";
import { fits } from "#core/domain/worker/fit.ts";
import { makeOffer, makePlacement, makeShape } from "./make.ts";

const IDS = ["w0", "w1", "w2", "w3", "w4", "w5"];
const size = fc.record({
  cpuMillis: fc.constantFrom(250, 500, 1000, 2000),
  memoryMib: fc.constantFrom(512, 1024, 2048),
});
const strategy = fc.constantFrom(...STRATEGIES);
const key = fc.constantFrom(null, "k1", "k2");

const schedulings: fc.Arbitrary<Scheduling> = fc.record({
  strategy: fc.option(strategy),
  preferredWorkers: fc.subarray(IDS),
  excludedWorkers: fc.subarray(IDS),
  preferredLabels: fc.array(
    fc.record({
      key: fc.constantFrom("zone", "disk"),
      value: fc.constantFrom("a", "b"),
      weight: fc.integer({ min: 1, max: 100 }),
    }),
    { maxLength: 3 },
  ),
  affinityKey: key,
});
const placements = fc
  .record({ size, prefer: fc.option(schedulings, { nil: undefined }) })
  .map(({ size: needs, prefer }) => makePlacement({ ...needs, ...(prefer && { prefer }) }));

const fleets: fc.Arbitrary<ReadyWorker[]> = fc
  .array(
    fc.record({
      size,
      labels: fc.dictionary(fc.constantFrom("zone", "disk"), fc.constantFrom("a", "b")),
      use: fc.option(fc.record({ idleSince: fc.nat(9), runsTaken: fc.nat(9), affinityKey: key }), {
        nil: undefined,
      }),
    }),
    { maxLength: IDS.length },
  )
  .map((parts) =>
    parts.map(({ size: has, labels, use }, n) =>
      makeOffer({ id: IDS[n] ?? "", ...has, labels, ...(use && { use }) }),
    ),
  );

const queues = fc.array(
  fc.record({ placement: placements, runs: fc.integer({ min: 0, max: 4 }) }),
  { maxLength: 4 },
);
const scenes = fc.record({ fleet: fleets, queue: queues, byDefault: strategy }).map((scene) => ({
  ...scene,
  queue: scene.queue.map(({ placement, runs }, n) =>
    makeShape(
      Array.from({ length: runs }, (_, i) => `r${n}-${i}`),
      { shape: `s${n}`, placement },
    ),
  ),
}));

describe("for any preferences", () => {
  it("no run gets a worker that does not fit it, or that it excluded", () => {
    fc.assert(
      fc.property(scenes, ({ queue, fleet, byDefault }) => {
        for (const { worker, placement } of matchRuns(queue, fleet, 99, byDefault)) {
          expect(fits(placement, worker)).toBe(true);
          expect(placement.prefer?.excludedWorkers ?? []).not.toContain(worker.id);
        }
      }),
    );
  });

  it("they never cost a run its place: nobody is left who could have a worker that is left", () => {
    fc.assert(
      fc.property(scenes, ({ queue, fleet, byDefault }) => {
        const matches = matchRuns(queue, fleet, 99, byDefault);
        const free = fleet.filter((one) => !matches.some(({ worker }) => worker === one));
        for (const { placement, runs } of queue)
          for (const run of runs.filter((one) => !matches.some((match) => match.run === one)))
            for (const worker of free)
              expect([
                run.id,
                fits(placement, worker) && !placement.prefer?.excludedWorkers.includes(worker.id),
              ]).toEqual([run.id, false]);
      }),
    );
  });

  it("an order has every worker that fits and is not excluded once, by points first", () => {
    fc.assert(
      fc.property(placements, fleets, strategy, (placement, fleet, byDefault) => {
        const before = [...fleet];
        const order = inOrderOfPreference(placement, fleet, byDefault);
        const excluded = placement.prefer?.excludedWorkers ?? [];
        const may = fleet.filter(({ id }) => !excluded.includes(id));
        expect(new Set(order)).toEqual(new Set(may));
        expect(order).toHaveLength(may.length);
        const points = order.map((worker) => pointsOf(placement, worker));
        expect(points).toEqual([...points].sort((a, b) => b - a));
        expect(fleet).toEqual(before);
      }),
    );
  });

  it("packing that is asked for is packing that nobody asked for", () => {
    fc.assert(
      fc.property(scenes, ({ queue, fleet }) => {
        const plain = queue.map((shape) => {
          const { prefer: _none, ...placement } = shape.placement;
          return { ...shape, placement };
        });
        const asked = plain.map((shape) => ({
          ...shape,
          placement: {
            ...shape.placement,
            prefer: {
              ...{ strategy: "packing" as const, preferredWorkers: [], excludedWorkers: [] },
              ...{ preferredLabels: [], affinityKey: null },
            },
          },
        }));
        const unused = fleet.map(({ use: _use, ...worker }) => worker);
        const pairs = (all: typeof queue) =>
          matchRuns(all, unused).map(({ run, worker }) => `${run.id} ${worker.id}`);
        expect(pairs(asked)).toEqual(pairs(plain));
      }),
    );
  });
});
