import type { AttemptEnd } from "#core/domain/job-run/after-attempt.ts";
import type {
  ControlStore,
  RecordedResult,
  ResultRecord,
  WorkerClaim,
} from "#core/ports/control-store.ts";
import type { Log } from "#core/ports/log.ts";
import type { Telemetry } from "#core/ports/telemetry.ts";
import { closingOf, closingOfSuccess } from "./close-attempt.ts";

export interface RecordDeps {
  readonly store: ControlStore;
  readonly random: () => number;
  readonly log: Log;
  readonly telemetry: Telemetry;
}

/** How a worker says an attempt ended. `resultId` is made once per result. */
export interface ResultReport extends WorkerClaim {
  readonly resultId: string;
  readonly end: AttemptEnd;
  readonly logLastSeq: number | null;
}

/**
 * - accepted: recorded by this call. duplicate: this very result was recorded before.
 * - fenced: belongs to the past, the worker may forget it.
 * - retry: the stream that carried it was superseded; nothing is said, the worker repeats it there.
 */
export type ResultVerdict =
  | { readonly verdict: "accepted"; readonly recorded: RecordedResult }
  | { readonly verdict: "duplicate" | "fenced" | "retry" };

/**
 * Records results of many workers in one statement. The policy is evaluated here on the spec
 * snapshot and the counted rows; the statement's fence makes sure that both still hold.
 * Answers in the order of the reports.
 */
export async function recordResults(
  deps: RecordDeps,
  reports: readonly ResultReport[],
): Promise<ResultVerdict[]> {
  const recorded = await store(deps, reports);
  const open = reports.filter(({ executionId }) => !recorded.has(executionId));
  const verdicts = await deps.store.resultVerdicts(
    open.map(({ end: _end, logLastSeq: _seq, ...claim }) => claim),
  );
  return reports.map((report) => {
    const row = recorded.get(report.executionId);
    const verdict: ResultVerdict = row
      ? { verdict: "accepted", recorded: row }
      : { verdict: verdicts.get(report.executionId) ?? "fenced" };
    note(deps, report, verdict);
    return verdict;
  });
}

async function store(deps: RecordDeps, reports: readonly ResultReport[]) {
  // What follows a success needs no look at the past, and most results are successes.
  const failures = reports.filter(({ end }) => end.failure !== null);
  const contexts = await deps.store.attemptContexts(failures.map(({ executionId }) => executionId));
  const byExecution = new Map(contexts.map((context) => [context.executionId, context]));
  const records = reports.flatMap((report): ResultRecord[] => {
    if (report.end.failure === null) return [{ ...report, ...closingOfSuccess(report.end) }];
    const context = byExecution.get(report.executionId);
    if (!context || context.phase === "Assigned") return [];
    const { attemptPhase, end, next } = closingOf(context, report.end, deps.random());
    return [{ ...report, attemptPhase, end, next }];
  });
  const rows = await deps.store.recordResults(records);
  return new Map(rows.map((row) => [row.executionId, row]));
}

function note({ log, telemetry }: RecordDeps, report: ResultReport, verdict: ResultVerdict): void {
  const { workerId, fence } = report;
  telemetry.count("results_total", { verdict: verdict.verdict });
  if (verdict.verdict !== "accepted") {
    log.info({ workerId, fence, verdict: verdict.verdict }, "result not applied");
    return;
  }
  const { runId, phase, reason, ranMs } = verdict.recorded;
  if (ranMs !== null) telemetry.observe("run_duration_seconds", ranMs / 1000);
  telemetry.count("attempts_ended_total", { phase: report.end.failure ?? "Succeeded" });
  if (phase !== "Pending") telemetry.count("runs_finished_total", { phase, reason: reason ?? "" });
  log.info(
    { runId, workerId, fence, phase, reason, exitCode: report.end.exitCode },
    "result recorded",
  );
}
