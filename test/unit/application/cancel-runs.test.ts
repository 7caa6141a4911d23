import { describe, expect, it } from "vitest";
import { cancelRuns } from "#core/application/cancel-runs.ts";
import { limits } from "#core/domain/limits.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import { stub } from "../../support/fakes/stub.ts";

const REQUEST = {
  labels: { team: "a" },
  phases: ["Pending"] as const,
  ...{
    until: null,
    reason: "why",
    by: null,
    dryRun: false,
    expectedCount: null,
    allowedDifference: 0,
  },
};

function scene(there: number, found: readonly string[], stopped = found) {
  const store = stub<ControlStore>({
    countCancellable: async () => ({ count: there, until: 77 }),
    cancellableRuns: async () => [...found],
    requestStops: async () =>
      stopped.map((runId, at) => ({ runId, finished: at > 0, gatewayId: null })),
  });
  const called = (method: string) => store.calls.filter((call) => call.method === method).length;
  return {
    store,
    called,
    cancel: (over: object) => cancelRuns({ store }, { ...REQUEST, ...over }),
  };
}

describe("a cancel by labels", () => {
  it("that is a dry run counts, and says where to go on", async () => {
    const { cancel, called } = scene(3, []);
    expect(await cancel({ dryRun: true })).toEqual({
      count: 3,
      cancelled: 0,
      stopping: 0,
      next: 77,
    });
    expect(called("requestStops")).toBe(0);
  });

  it("of nothing is done", async () => {
    expect(await scene(0, []).cancel({})).toEqual({
      count: 0,
      cancelled: 0,
      stopping: 0,
      next: null,
    });
  });

  it("that goes on counts no more, and keeps its instant", async () => {
    const { cancel, store, called } = scene(3, ["a", "b", "c"]);
    expect(await cancel({ until: 50 })).toEqual({
      count: null,
      cancelled: 2,
      stopping: 1,
      next: null,
    });
    expect(called("countCancellable")).toBe(0);
    expect(store.calls[0]?.args[0]).toMatchObject({ until: 50, labels: { team: "a" } });
  });

  it("is not over while a page is full, or a run moved under its hands", async () => {
    const full = Array.from({ length: limits.bulkCancelRunsMax }, (_, at) => `run-${at}`);
    expect(await scene(9, full).cancel({})).toMatchObject({ count: 9, next: 77 });
    expect(await scene(2, ["a", "b"], ["a"]).cancel({})).toMatchObject({ next: 77 });
  });

  it.each([
    [7, 10, 2, true],
    [8, 10, 2, false],
    [12, 10, 2, false],
    [13, 10, 2, true],
    [0, 1, 0, true],
  ])("of %d runs where %d ± %d were expected: refused %s", async (there, expected, allowed, no) => {
    const { cancel, called } = scene(there, ["a"]);
    const outcome = cancel({ expectedCount: expected, allowedDifference: allowed });
    if (no) await expect(outcome).rejects.toMatchObject({ code: "Conflict" });
    else expect(await outcome).toMatchObject({ count: there });
    expect(called("requestStops")).toBe(no ? 0 : 1);
  });
});
