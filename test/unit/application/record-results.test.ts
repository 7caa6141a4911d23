import { describe, expect, it } from "vitest";
import { type ResultReport, recordResults } from "#core/application/record-results.ts";
import type { AttemptContext, ControlStore, RecordedResult } from "#core/ports/control-store.ts";
import { recordingLog, recordingTelemetry } from "../../support/fakes/recorders.ts";
import { stub } from "../../support/fakes/stub.ts";
import { makeContext } from "./make.ts";

const report = (executionId: string, given: Partial<ResultReport["end"]> = {}): ResultReport => ({
  executionId,
  fence: 1,
  workerId: "w1",
  epoch: 7,
  resultId: `result-of-${executionId}`,
  logLastSeq: 3,
  end: { failure: null, exitCode: 0, signal: null, detail: null, ...given },
});
const recorded = (executionId: string, given: Partial<RecordedResult> = {}): RecordedResult => ({
  executionId,
  runId: "run-1",
  phase: "Succeeded",
  reason: "Completed",
  waitMs: 0,
  workerPhase: "Ready",
  ranMs: 1500,
  queueWaits: false,
  ...given,
});

function scene(
  contexts: AttemptContext[],
  rows: RecordedResult[],
  verdicts: Record<string, "duplicate" | "retry" | "fenced"> = {},
) {
  const store = stub<ControlStore>({
    attemptContexts: async () => contexts,
    recordResults: async () => rows,
    resultVerdicts: async () => new Map(Object.entries(verdicts)),
  });
  const log = recordingLog();
  const telemetry = recordingTelemetry();
  return { store, log, telemetry, deps: { store, log, telemetry, random: () => 0.5 } };
}
const written = (store: ReturnType<typeof scene>["store"]) =>
  store.calls.find(({ method }) => method === "recordResults")?.args[0];

describe("results", () => {
  it("are judged by the policy of their run, and written in one statement", async () => {
    const { deps, store } = scene(
      [makeContext({ executionId: "good" }), makeContext({ executionId: "bad", runId: "run-2" })],
      [recorded("good"), recorded("bad", { runId: "run-2", phase: "Failed" })],
    );
    await recordResults(deps, [report("good"), report("bad", { failure: "app", exitCode: 3 })]);
    expect(store.calls.map(({ method }) => method)).toEqual([
      "attemptContexts",
      "recordResults",
      "resultVerdicts",
    ]);
    expect(written(store)).toMatchObject([
      { executionId: "good", attemptPhase: "Succeeded", next: { phase: "Succeeded" }, epoch: 7 },
      {
        executionId: "bad",
        attemptPhase: "Failed",
        next: { phase: "Failed", reason: "BackoffLimitExceeded" },
      },
    ]);
  });

  it("of successes are written without a look at the past, which decides nothing", async () => {
    const { deps, store } = scene([], [recorded("good")]);
    await recordResults(deps, [report("good")]);
    expect(store.calls[0]).toEqual({ method: "attemptContexts", args: [[]] });
    expect(written(store)).toMatchObject([{ executionId: "good", next: { phase: "Succeeded" } }]);
  });

  it("are answered in the order of the reports, each with its verdict", async () => {
    const ids = ["accepted", "duplicate", "fenced", "retry", "unknown"];
    const { deps, telemetry } = scene(
      ids.map((executionId) => makeContext({ executionId })),
      [recorded("accepted")],
      { duplicate: "duplicate", fenced: "fenced", retry: "retry" },
    );
    const verdicts = await recordResults(
      deps,
      ids.map((id) => report(id)),
    );
    expect(verdicts.map(({ verdict }) => verdict)).toEqual([
      "accepted",
      "duplicate",
      "fenced",
      "retry",
      "fenced",
    ]);
    expect(verdicts[0]).toMatchObject({ recorded: { runId: "run-1" } });
    expect(telemetry.counted("results_total", { verdict: "fenced" })).toBe(2);
  });

  it("only those not written are asked about, by what names them", async () => {
    const { deps, store } = scene([makeContext({ executionId: "late" })], [], { late: "fenced" });
    await recordResults(deps, [report("late")]);
    expect(store.calls.at(-1)?.args[0]).toEqual([
      { executionId: "late", fence: 1, workerId: "w1", epoch: 7, resultId: "result-of-late" },
    ]);
  });

  it("of a failed attempt nobody knows, or that was never accepted, are not written", async () => {
    const { deps, store } = scene([makeContext({ executionId: "early", phase: "Assigned" })], []);
    const failed = { failure: "app", exitCode: 1 } as const;
    const verdicts = await recordResults(deps, [
      report("early", failed),
      report("unknown", failed),
    ]);
    expect(written(store)).toEqual([]);
    expect(verdicts).toEqual([{ verdict: "fenced" }, { verdict: "fenced" }]);
  });

  it("of a lost attempt still count while the store takes them", async () => {
    const { deps, store } = scene(
      [makeContext({ executionId: "late", phase: "Lost" })],
      [recorded("late")],
    );
    const [verdict] = await recordResults(deps, [report("late")]);
    expect(verdict?.verdict).toBe("accepted");
    expect(written(store)).toMatchObject([{ attemptPhase: "Succeeded" }]);
  });

  it("none is no reason to fail", async () => {
    expect(await recordResults(scene([], []).deps, [])).toEqual([]);
  });
});

describe("what is measured", () => {
  it("a finished run with its reason and duration; a retried one is not finished", async () => {
    const { deps, telemetry, log } = scene(
      [makeContext({ executionId: "a" }), makeContext({ executionId: "b" })],
      [recorded("a"), recorded("b", { phase: "Pending", reason: null, ranMs: null })],
    );
    await recordResults(deps, [report("a"), report("b", { failure: "app", exitCode: 1 })]);
    const finished = { phase: "Succeeded", reason: "Completed" };
    expect(telemetry.counted("runs_finished_total", finished)).toBe(1);
    expect(telemetry.counted("runs_finished_total", { phase: "Pending", reason: "" })).toBe(0);
    expect(telemetry.observed.get("run_duration_seconds")).toBe(1.5);
    expect(log.lines.map(({ message }) => message)).toEqual(["result recorded", "result recorded"]);
  });
});
