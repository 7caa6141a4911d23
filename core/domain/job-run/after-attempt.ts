import { limits } from "../limits.ts";
import type { RunSpec } from "../spec/run-spec.ts";
import { type AttemptPhase, type FailureClass, isCharged } from "./attempt.ts";
import { backoffMs } from "./backoff.ts";
import type { RunReason } from "./phase.ts";

/** What of the spec decides about another attempt. */
export type RetryPolicy = Pick<
  RunSpec,
  "backoffLimit" | "backoff" | "infrastructureLimit" | "replacement"
>;

/** Ends of the attempts before this one, counted from rows, never kept in counters. */
export interface AttemptHistory {
  readonly charged: number;
  readonly workerLost: number;
  readonly returned: number;
}

/** How an attempt ended, as its worker, the tick or the provider knows it. */
export interface AttemptEnd {
  readonly failure: FailureClass | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly detail: string | null;
}

/** What follows for the run. `waitMs` counts from the end of the attempt. */
export type NextStep =
  | { readonly phase: "Succeeded"; readonly reason: "Completed" }
  | { readonly phase: "Failed"; readonly reason: RunReason; readonly message: string }
  | { readonly phase: "Pending"; readonly waitMs: number; readonly blockUntilGone: boolean };

const again = (waitMs: number, blockUntilGone = false): NextStep => ({
  phase: "Pending",
  waitMs,
  blockUntilGone,
});
const failed = (reason: RunReason, message: string): NextStep => ({
  phase: "Failed",
  reason,
  message,
});

/**
 * Decides what a run does after one of its attempts ended. Failures of the job's own making are
 * charged to backoffLimit; a lost worker has its own budget and starts anew at once (AfterLost) or
 * when the old machine is provably gone (AfterGone); ends before the start are free and bounded;
 * a stop costs nothing. Same input, same answer; `draw` in [0, 1) spreads the backoff.
 */
export function afterAttempt(
  policy: RetryPolicy,
  history: AttemptHistory,
  end: AttemptEnd,
  draw: number,
): NextStep {
  if (end.failure === null) return { phase: "Succeeded", reason: "Completed" };
  if (isCharged(end.failure)) return afterCharged(policy, history.charged + 1, end, draw);
  switch (end.failure) {
    case "worker-lost":
      return history.workerLost + 1 > policy.infrastructureLimit
        ? failed("InfrastructureFailure", `lost ${history.workerLost + 1} workers`)
        : again(0, policy.replacement === "AfterGone");
    case "dispatch":
      return history.returned + 1 > limits.dispatchLimit
        ? failed("DispatchFailure", `no worker took it in ${history.returned + 1} tries`)
        : again(0);
    case "deadline":
      return failed("DeadlineExceeded", "the active deadline passed");
    default:
      return again(0);
  }
}

function afterCharged(
  policy: RetryPolicy,
  failures: number,
  end: AttemptEnd,
  draw: number,
): NextStep {
  if (failures <= policy.backoffLimit) return again(backoffMs(policy.backoff, failures, draw));
  const attempts = failures === 1 ? "1 attempt" : `${failures} attempts`;
  return failed("BackoffLimitExceeded", `${attempts} failed; the last: ${describeEnd(end)}`);
}

/** One line for people: `exit code 3`, `killed by SIGKILL`, … */
export function describeEnd(end: AttemptEnd): string {
  if (end.detail) return end.detail;
  if (end.failure === "timeout") return "attempt timeout";
  if (end.failure === "oom") return "out of memory";
  if (end.signal) return `killed by ${end.signal}`;
  return end.exitCode === null ? "no exit code" : `exit code ${end.exitCode}`;
}

/** The phase the attempt itself ends in. `started` = its accept was committed. */
export function endedPhase(failure: FailureClass | null, started: boolean): AttemptPhase {
  if (failure === null) return "Succeeded";
  if (!started) return failure === "stopped" ? "Stopped" : "Returned";
  if (failure === "worker-lost") return "Lost";
  return failure === "stopped" || failure === "deadline" ? "Stopped" : "Failed";
}
