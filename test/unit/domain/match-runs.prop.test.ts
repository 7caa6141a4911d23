import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Match, matchRuns } from "#core/domain/reconcile/match-runs.ts";
import type { QueuedRun, QueuedShape, ReadyWorker } from "#core/domain/reconcile/snapshot.ts";
import { fits } from "#core/domain/worker/fit.ts";
import { makeOffer, makePlacement, makeShape } from "./make.ts";

const size = fc.record({
  cpuMillis: fc.constantFrom(250, 500, 1000, 2000),
  memoryMib: fc.constantFrom(512, 1024, 2048),
});
const labels = fc.dictionary(fc.constantFrom("zone", "disk"), fc.constantFrom("a", "b"));
const taints = fc.subarray([
  { key: "gpu", value: "yes", effect: "NoSchedule" as const },
  { key: "team", value: "red", effect: "NoSchedule" as const },
]);
const tolerations = fc.subarray([
  { key: "gpu", operator: "Exists" as const, value: "", effect: "" as const },
  { key: "team", operator: "Equal" as const, value: "red", effect: "" as const },
]);

const shapeParts = fc.record({
  size,
  nodeSelector: labels,
  tolerations,
  dedicatedWorker: fc.boolean(),
  ranks: fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 8 }),
});

const queues: fc.Arbitrary<QueuedShape[]> = fc.array(shapeParts, { maxLength: 5 }).map((parts) =>
  parts.map(({ size: needs, ranks, ...rest }, at) => {
    const runs = ranks
      .sort((a, b) => a - b)
      .map((rank, i) => ({
        id: `r${at}-${i}`,
        fence: i,
        rank,
        dueAt: 0,
        reason: null,
        message: null,
      }));
    return makeShape([], {
      shape: `shape${at}`,
      placement: makePlacement({ ...needs, ...rest }),
      due: runs.length,
      runs,
    });
  }),
);

/** A queue, and workers of which some were made for runs in it (and so fit them). */
const scenes = queues.chain((queue) => {
  const own = queue
    .filter(({ placement }) => placement.dedicatedWorker)
    .flatMap(({ runs, placement }) => runs.map(({ id }) => ({ dedicatedRunId: id, placement })));
  const shared = fc.array(fc.record({ size, labels, taints }), { maxLength: 12 });
  return fc.tuple(fc.subarray(own), shared).map(([dedicated, rest]) => {
    const workers: ReadyWorker[] = [
      ...rest.map(({ size: has, ...more }, i) => makeOffer({ id: `w${i}`, ...has, ...more })),
      ...dedicated.map(({ dedicatedRunId, placement }) =>
        makeOffer({
          id: `for-${dedicatedRunId}`,
          dedicatedRunId,
          cpuMillis: placement.cpuMillis,
          memoryMib: placement.memoryMib,
          labels: placement.nodeSelector,
        }),
      ),
    ];
    return { queue, workers };
  });
});

const shapeOf = (queue: readonly QueuedShape[], run: QueuedRun) =>
  queue.find(({ runs }) => runs.includes(run)) as QueuedShape;

const may = (shape: QueuedShape, run: QueuedRun, worker: ReadyWorker) =>
  shape.placement.dedicatedWorker
    ? worker.dedicatedRunId === run.id
    : worker.dedicatedRunId === null && fits(shape.placement, worker);

function left(queue: readonly QueuedShape[], workers: readonly ReadyWorker[], matches: Match[]) {
  const taken = new Set(matches.map(({ worker }) => worker));
  const placed = new Set(matches.map(({ run }) => run));
  return {
    workers: workers.filter((worker) => !taken.has(worker)),
    runs: queue.flatMap(({ runs }) => runs).filter((run) => !placed.has(run)),
  };
}

describe("for any queue and any workers", () => {
  it("nobody is matched twice", () => {
    fc.assert(
      fc.property(scenes, ({ queue, workers }) => {
        const matches = matchRuns(queue, workers);
        expect(new Set(matches.map(({ worker }) => worker.id)).size).toBe(matches.length);
        expect(new Set(matches.map(({ run }) => run.id)).size).toBe(matches.length);
      }),
    );
  });

  it("every pair fits, and what was made for one run stays with it", () => {
    fc.assert(
      fc.property(scenes, ({ queue, workers }) => {
        for (const { run, worker } of matchRuns(queue, workers)) {
          const shape = shapeOf(queue, run);
          expect(fits(shape.placement, worker)).toBe(true);
          expect(may(shape, run, worker)).toBe(true);
        }
      }),
    );
  });

  it("no run is left that could have had a worker that is left", () => {
    fc.assert(
      fc.property(scenes, ({ queue, workers }) => {
        const rest = left(queue, workers, matchRuns(queue, workers));
        for (const run of rest.runs)
          for (const worker of rest.workers)
            expect(may(shapeOf(queue, run), run, worker)).toBe(false);
      }),
    );
  });

  it("no run is passed over for a later one that needs the same", () => {
    fc.assert(
      fc.property(scenes, ({ queue, workers }) => {
        const placed = new Set(matchRuns(queue, workers).map(({ run }) => run));
        for (const { runs } of queue.filter((one) => !one.placement.dedicatedWorker)) {
          const flags = runs.map((run) => placed.has(run));
          expect(flags).toEqual([...flags].sort((a, b) => Number(b) - Number(a)));
        }
      }),
    );
  });

  it("the answer is the same for the same question, and in order of rank", () => {
    fc.assert(
      fc.property(scenes, fc.integer({ min: 0, max: 10 }), ({ queue, workers }, matchesMax) => {
        const all = matchRuns(queue, workers);
        expect(matchRuns(structuredClone(queue), structuredClone(workers))).toEqual(all);
        expect(matchRuns(queue, workers, matchesMax)).toEqual(all.slice(0, matchesMax));
        const ranks = all.map(({ run }) => run.rank);
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
      }),
    );
  });
});
