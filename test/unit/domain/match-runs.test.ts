import { describe, expect, it } from "vitest";
import { matchRuns } from "#core/domain/reconcile/match-runs.ts";
import { makeOffer, makePlacement, makeShape } from "./make.ts";

const pairs = (matches: ReturnType<typeof matchRuns>) =>
  matches.map(({ run, worker }) => `${run.id}→${worker.id}`);
const workers = (...ids: string[]) => ids.map((id) => makeOffer({ id }));

describe("runs and workers", () => {
  it("meet in order: the longest waiting run takes the worker idle for longest", () => {
    expect(pairs(matchRuns([makeShape(["r1", "r2"])], workers("w1", "w2", "w3")))).toEqual([
      "r1→w1",
      "r2→w2",
    ]);
  });

  it("no more runs than workers, no more than asked for", () => {
    const queue = [makeShape(["r1", "r2", "r3"])];
    expect(pairs(matchRuns(queue, workers("w1", "w2")))).toEqual(["r1→w1", "r2→w2"]);
    expect(pairs(matchRuns(queue, workers("w1", "w2"), 1))).toEqual(["r1→w1"]);
    expect(matchRuns(queue, [])).toEqual([]);
    expect(matchRuns([], workers("w1"))).toEqual([]);
  });

  it("rank is compared over all shapes, not within one", () => {
    const run = (id: string, rank: number) => ({
      ...{ id, rank, fence: 0, dueAt: 0, reason: null, message: null },
    });
    const queue = [
      makeShape([], { shape: "a", due: 2, runs: [run("a1", 1), run("a2", 4)] }),
      makeShape([], { shape: "b", due: 2, runs: [run("b1", 2), run("b2", 3)] }),
    ];
    expect(pairs(matchRuns(queue, workers("w1", "w2", "w3")))).toEqual(["a1→w1", "b1→w2", "b2→w3"]);
  });

  it("a run takes the tightest worker, so that large ones stay free for large runs", () => {
    const large = makeOffer({ id: "large", cpuMillis: 4000, memoryMib: 8192 });
    const small = makeOffer({ id: "small", cpuMillis: 500, memoryMib: 1024 });
    const queue = [
      makeShape(["modest"], { shape: "a" }),
      makeShape(["greedy"], { shape: "b", placement: makePlacement({ cpuMillis: 3000 }) }),
    ];
    expect(pairs(matchRuns(queue, [large, small]))).toEqual(
      ["modest→small", "greedy→large"].sort(),
    );
  });

  it("a run that fits nothing does not hold up those behind it", () => {
    const queue = [
      makeShape(["huge"], { shape: "a", placement: makePlacement({ cpuMillis: 99_000 }) }),
      makeShape(["next"], { shape: "b" }),
    ];
    expect(pairs(matchRuns(queue, workers("w1")))).toEqual(["next→w1"]);
  });

  it("a worker made for one run serves only that one, and that run takes no other", () => {
    const own = makePlacement({ dedicatedWorker: true });
    const queue = [
      makeShape(["mine", "theirs"], { shape: "a", placement: own }),
      makeShape(["plain"], { shape: "b" }),
    ];
    const mine = makeOffer({ id: "w-mine", dedicatedRunId: "mine" });
    expect(pairs(matchRuns(queue, [mine]))).toEqual(["mine→w-mine"]);
    expect(pairs(matchRuns(queue, [mine, makeOffer({ id: "w-plain" })])).sort()).toEqual([
      "mine→w-mine",
      "plain→w-plain",
    ]);
    expect(matchRuns([makeShape(["plain"])], [mine])).toEqual([]);
  });
});
