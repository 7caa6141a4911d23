import { describe, expect, it } from "vitest";
import { DomainError } from "#core/domain/errors.ts";
import type { ControlStore, InsertedRun, NewRun } from "#core/ports/control-store.ts";
import { GatheredSubmits } from "../../../gateway/gathered-submits.ts";
import { aRun } from "../../support/factories.ts";
import { stub } from "../../support/fakes/stub.ts";

const inserted = (run: NewRun): InsertedRun => ({
  ...{ id: run.id, full: false, poked: false },
  stored: { createdAt: 1, notBefore: 1, deadlineAt: 2, reason: "Queued", workerId: null },
});

/** Submits over a store that refuses what it is told to; `turns` are the ids of each statement. */
function scene(refuse: (runs: readonly NewRun[]) => Error | null = () => null) {
  const store = stub<ControlStore>({
    insertRuns: async (runs) => {
      const refusal = refuse(runs);
      if (refusal) throw refusal;
      return runs.map(inserted);
    },
  });
  const turns = () => store.calls.map(({ args }) => (args[0] as NewRun[]).map(({ id }) => id));
  return { submits: new GatheredSubmits((runs) => store.insertRuns(runs)), store, turns };
}

/** What each caller hears: the id of his run, or his error. */
const heard = async (submits: GatheredSubmits, runs: readonly NewRun[]) =>
  (await Promise.allSettled(runs.map((run) => submits.insert(run)))).map((answer) =>
    answer.status === "fulfilled" ? answer.value.id : answer.reason,
  );

describe("gathered submits", () => {
  it("that arrive together are one statement", async () => {
    const { submits, store } = scene();
    const runs = [aRun(), aRun({}, { key: "k" }), aRun()];
    expect(await heard(submits, runs)).toEqual(runs.map(({ id }) => id));
    expect(store.calls).toEqual([{ method: "insertRuns", args: [runs] }]);
  });

  it("of one id or one key are statements of their own, in order", async () => {
    const { submits, turns } = scene();
    const first = aRun({}, { id: "a", key: "k" });
    const sameKey = aRun({}, { id: "b", key: "k" });
    const sameId = aRun({}, { id: "a", key: "other" });
    const again = aRun({}, { id: "c", key: "k" });
    const free = aRun({}, { id: "d" });
    const keyless = aRun({}, { id: "e" });
    await heard(submits, [first, sameKey, sameId, again, free, keyless]);
    expect(turns()).toEqual([["a", "d", "e"], ["b", "a"], ["c"]]);
  });

  it("an id is no key of that name", async () => {
    const { submits, turns } = scene();
    await heard(submits, [aRun({}, { id: "a" }), aRun({}, { id: "b", key: "a" })]);
    expect(turns()).toEqual([["a", "b"]]);
  });

  it("that are refused together are tried alone, and only the culprit hears of it", async () => {
    const tooLarge = new DomainError("SpecTooLarge", "too large");
    const { submits, turns } = scene((runs) =>
      runs.some(({ id }) => id === "b") ? tooLarge : null,
    );
    const runs = ["a", "b", "c"].map((id) => aRun({}, { id }));
    expect(await heard(submits, runs)).toEqual(["a", tooLarge, "c"]);
    expect(turns()).toEqual([["a", "b", "c"], ["a"], ["b"], ["c"]]);
  });

  it("while the store is away are not repeated: all hear of it", async () => {
    const away = new DomainError("StoreUnavailable", "away");
    const { submits, turns } = scene(() => away);
    const runs = ["a", "b", "c"].map((id) => aRun({}, { id }));
    expect(await heard(submits, runs)).toEqual([away, away, away]);
    expect(turns()).toHaveLength(1);
  });

  it("a store that goes away while they are tried alone is heard of by all", async () => {
    const defect = new DomainError("Internal", "internal error");
    const away = new DomainError("StoreUnavailable", "away");
    const { submits } = scene((runs) =>
      runs.length > 1 ? defect : runs[0]?.id === "b" ? away : null,
    );
    const runs = ["a", "b"].map((id) => aRun({}, { id }));
    expect((await heard(submits, runs)).at(1)).toBe(away);
  });

  it("what is no error of the domain is not repeated", async () => {
    const defect = new TypeError("a defect");
    const { submits, turns } = scene(() => defect);
    expect(await heard(submits, [aRun(), aRun()])).toEqual([defect, defect]);
    expect(turns()).toHaveLength(1);
  });

  it("one statement holds no more than a hundred", async () => {
    const { submits, turns } = scene();
    const runs = Array.from({ length: 150 }, () => aRun());
    await heard(submits, runs);
    expect(turns().map((ids) => ids.length)).toEqual([100, 50]);
    await submits.idle();
  });
});
