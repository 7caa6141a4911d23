import { describe, expect, it } from "vitest";
import { cancelRun } from "#core/application/cancel-run.ts";
import type { ControlStore, RequestedStop } from "#core/ports/control-store.ts";
import type { RunDetail, RunReader } from "#core/ports/run-reader.ts";
import { stub } from "../../support/fakes/stub.ts";
import { makeRun } from "./make.ts";

const STOPPED: RequestedStop = { runId: "run-1", finished: true, gatewayId: null };

/** One look after another; the last one stays. */
const sequence = <T>(...answers: T[]) => {
  let at = 0;
  return async () => answers[Math.min(at++, answers.length - 1)] as T;
};

function scene(stops: RequestedStop[][], runs: (RunDetail | null)[]) {
  const store = stub<ControlStore>({ requestStops: sequence(...stops) });
  const reader = stub<RunReader>({ run: sequence(...runs) });
  return { store, cancel: () => cancelRun({ store, reader }, "run-1", "no longer needed", null) };
}

describe("a cancel", () => {
  it("of a waiting run ends it at once", async () => {
    const { cancel, store } = scene([[STOPPED]], [makeRun({ phase: "Cancelled" })]);
    expect(await cancel()).toMatchObject({ stopping: false, run: { phase: "Cancelled" } });
    expect(store.calls).toEqual([
      {
        method: "requestStops",
        args: [
          [
            {
              runId: "run-1",
              rule: "cancel",
              phase: "Cancelled",
              reason: "CancelledByUser",
              message: "no longer needed",
              by: null,
            },
          ],
        ],
      },
    ]);
  });

  it("of a running run stores the verdict; the run is stopping", async () => {
    const { cancel } = scene(
      [[{ ...STOPPED, finished: false }]],
      [makeRun({ phase: "Running", stopping: true })],
    );
    expect(await cancel()).toMatchObject({ stopping: true, run: { phase: "Running" } });
  });

  it("asked twice is harmless, while it stops and after", async () => {
    const stopping = scene([[]], [makeRun({ phase: "Running", stopping: true })]);
    expect(await stopping.cancel()).toMatchObject({ stopping: true });
    const done = scene([[]], [makeRun({ phase: "Cancelled", finishedAt: 1 })]);
    expect(await done.cancel()).toMatchObject({ stopping: false });
  });

  it.each(["Succeeded", "Failed"] as const)(
    "that lost the race learns that the run is %s",
    async (phase) => {
      const { cancel, store } = scene([[]], [makeRun({ phase, finishedAt: 1 })]);
      await expect(cancel()).rejects.toMatchObject({
        code: "AlreadyFinished",
        message: `run run-1 is ${phase} already`,
      });
      expect(store.calls).toHaveLength(1);
    },
  );

  it("that finds the run moving looks again", async () => {
    const { cancel, store } = scene(
      [[], [], [{ ...STOPPED, finished: false }]],
      [
        makeRun({ phase: "Assigned" }),
        makeRun({ phase: "Running" }),
        makeRun({ phase: "Running", stopping: true }),
      ],
    );
    expect(await cancel()).toMatchObject({ stopping: true });
    expect(store.calls).toHaveLength(3);
  });

  it("gives up on a run that never stands still, and says so", async () => {
    const { cancel, store } = scene([[]], [makeRun({ phase: "Assigned" })]);
    await expect(cancel()).rejects.toMatchObject({ code: "StoreUnavailable" });
    expect(store.calls).toHaveLength(5);
  });

  it("of a run that does not exist says so", async () => {
    await expect(scene([[]], [null]).cancel()).rejects.toMatchObject({ code: "RunNotFound" });
  });
});
