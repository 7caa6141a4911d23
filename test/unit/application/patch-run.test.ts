import { describe, expect, it } from "vitest";
import { patchRun } from "#core/application/patch-run.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { PatchedRun } from "#core/ports/run-changes.ts";
import type { RunDetail, RunReader } from "#core/ports/run-reader.ts";
import { stub } from "../../support/fakes/stub.ts";
import { makeRun } from "./make.ts";

const PATCHED: PatchedRun = { runId: "run-1", dueInMs: null };
const SUSPEND = { priority: null, suspend: true };
const RESUME = { priority: null, suspend: false };

/** What the statement and the look after it answer, in turn. */
function scene(patched: PatchedRun[][], runs: (RunDetail | null)[]) {
  const wakes: number[] = [];
  const store = stub<ControlStore>({ patchRuns: async () => patched.shift() ?? [] });
  const reader = stub<RunReader>({ run: async () => runs.shift() ?? null });
  const wake = { wake: async (delayMs = 0) => void wakes.push(delayMs) };
  return {
    wakes,
    patch: (change = SUSPEND as Parameters<typeof patchRun>[2]) =>
      patchRun({ store, reader, wake }, "run-1", change, null),
  };
}

describe("a patch", () => {
  it("answers the run as it is then, whatever became of it meanwhile", async () => {
    const { patch, wakes } = scene([[PATCHED]], [makeRun({ phase: "Running" })]);
    expect(await patch()).toMatchObject({ phase: "Running" });
    expect(wakes).toEqual([]);
  });

  it.each([0, 5000])("that resumes asks for a look in %d ms", async (dueInMs) => {
    const { patch, wakes } = scene([[{ ...PATCHED, dueInMs }]], [makeRun()]);
    await patch(RESUME);
    expect(wakes).toEqual([dueInMs]);
  });

  it.each<[string, RunDetail, Parameters<typeof patchRun>[2]]>([
    ["suspended", makeRun({ reason: "Suspended" }), SUSPEND],
    ["resumed, and placed since", makeRun({ phase: "Running", reason: null }), RESUME],
    [
      "of this priority",
      makeRun({ phase: "Running", priority: 3 }),
      { priority: 3, suspend: null },
    ],
  ])("of a run that is %s already is harmless", async (_what, run, change) => {
    expect(await scene([], [run]).patch(change)).toBe(run);
  });

  it.each(["Assigned", "Running"] as const)("of a run that is %s is a conflict", async (phase) => {
    const { patch } = scene([], [makeRun({ phase, reason: null, workerId: "w1" })]);
    await expect(patch()).rejects.toMatchObject({
      code: "Conflict",
      message: expect.stringContaining(`is ${phase}: worker w1 has it`),
    });
  });

  it("of a final run says so, of nobody too", async () => {
    const done = makeRun({ phase: "Succeeded", finishedAt: 1 });
    for (const change of [SUSPEND, RESUME])
      await expect(scene([], [done]).patch(change)).rejects.toMatchObject({
        code: "AlreadyFinished",
      });
    await expect(scene([], [null]).patch()).rejects.toMatchObject({ code: "RunNotFound" });
  });

  it("looks again when the run moves under its hands, but not for ever", async () => {
    const moving = makeRun({ reason: "Queued" });
    const suspended = makeRun({ reason: "Suspended" });
    expect(await scene([[], [PATCHED]], [moving, suspended]).patch()).toBe(suspended);
    const { patch } = scene(
      [],
      Array.from({ length: 9 }, () => moving),
    );
    await expect(patch()).rejects.toMatchObject({ code: "StoreUnavailable" });
  });
});
