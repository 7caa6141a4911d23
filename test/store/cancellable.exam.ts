import { expect } from "vitest";
import { cancelRuns } from "#core/application/cancel-runs.ts";
import type { CancelSelection } from "#core/ports/run-changes.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { cancelOf } from "../support/store-scene.ts";
import { exam, unchanged } from "./exam.ts";

const ALL: CancelSelection["phases"] = ["Pending", "Assigned", "Running"];
const TEAM = { labels: { team: "a" } };
const meant = (over: Partial<CancelSelection> = {}): CancelSelection => ({
  ...{ ...TEAM, phases: ALL, until: null },
  ...over,
});
const found = async (at: StoreFixture, over: Partial<CancelSelection> = {}, limit = 10) =>
  (await at.store.cancellableRuns(meant(over), limit)).sort();

/** Runs with a label, to be cancelled together. */
export const cancellable = exam({
  "waiting and live runs with the labels are found, others and final ones are not": async (at) => {
    const waiting = await at.submit({ labels: { team: "a", kind: "x" } });
    const held = await at.submit({ ...TEAM, suspend: true });
    const { runId: assigned } = await at.assigned({ spec: TEAM });
    const { runId: running } = await at.running({ spec: TEAM });
    await at.submit({ labels: { team: "b" } });
    await at.submit();
    const done = await at.running({ spec: TEAM });
    await at.report(done);
    const stopping = await at.running({ spec: TEAM });
    await at.cancel(stopping.runId);
    const all = [waiting, held, assigned, running].sort();
    expect(await found(at)).toEqual(all);
    expect(await found(at, { labels: { team: "a", kind: "x" } })).toEqual([waiting]);
    expect(await found(at, { phases: ["Pending"] })).toEqual([waiting, held].sort());
    expect(await found(at, { phases: ["Running"] })).toEqual([running]);
    expect(await found(at, {}, 2)).toHaveLength(2);
    expect(await at.store.countCancellable(meant(), 10)).toMatchObject({ count: 4 });
    expect(await at.store.countCancellable(meant(), 3)).toMatchObject({ count: 3 });
  },

  "those submitted after the count are not meant": async (at) => {
    const early = await at.submit(TEAM);
    const { count, until } = await at.store.countCancellable(meant(), 10);
    expect(count).toBe(1);
    await at.tables.advance(1);
    await at.submit(TEAM);
    expect(await found(at, { until })).toEqual([early]);
    expect(await at.store.countCancellable(meant({ until }), 10)).toEqual({ count: 1, until });
  },

  "a dry run changes nothing, a cancel ends what it counted": async (at) => {
    const waiting = await at.submit(TEAM);
    const held = await at.running({ spec: TEAM });
    const request = {
      ...meant(),
      reason: "all of it",
      by: null,
      expectedCount: null,
      allowedDifference: 0,
    };
    const dry = await unchanged(at, () => cancelRuns(at, { ...request, dryRun: true }));
    expect(dry).toMatchObject({ count: 2, cancelled: 0, stopping: 0 });
    const done = await cancelRuns(at, { ...request, until: dry.next, dryRun: false });
    expect(done).toEqual({ count: null, cancelled: 1, stopping: 1, next: null });
    expect(await at.tables.run(waiting)).toMatchObject({
      phase: "Cancelled",
      message: "all of it",
    });
    expect(await at.tables.run(held.runId)).toMatchObject({ verdict_phase: "Cancelled" });
    const again = await cancelRuns(at, { ...request, until: dry.next, dryRun: false });
    expect(again).toMatchObject({ cancelled: 0, stopping: 0, next: null });
  },
});

/** A bulk cancel beside what ends its runs by itself. */
export const cancellableRaces = exam({
  "a bulk cancel waits for a result: that run is left alone": async (at) => {
    const [held, waiting] = [await at.running({ spec: TEAM }), await at.submit(TEAM)];
    const result = await at.resultOf(held);
    const ids = await found(at);
    const raced = await at.race(
      (store) => store.recordResults([result]),
      (store) => store.requestStops(ids.map(cancelOf)),
    );
    expect(raced).toMatchObject({ waited: true, second: [{ runId: waiting, finished: true }] });
    expect(await at.tables.run(held.runId)).toMatchObject({ phase: "Succeeded" });
  },
});
