import type { Closing, LogRecord, NewRun } from "#core/ports/control-store.ts";
import type { ClosingDoc } from "./transitions/close-attempts.ts";

/** A new run as the insert statement reads it. */
export function runDoc({ spec, ...run }: NewRun) {
  return {
    ...run,
    name: spec.name,
    spec,
    labels: spec.labels,
    priority: spec.priority,
    startAfter: spec.startAfter,
    deadlineMs: spec.activeDeadlineSeconds * 1000,
    attemptTimeoutMs:
      spec.attemptTimeoutSeconds === null ? null : Math.ceil(spec.attemptTimeoutSeconds * 1000),
    graceMs: spec.terminationGracePeriodSeconds * 1000,
    ttlMs: spec.ttlSecondsAfterFinished === null ? null : spec.ttlSecondsAfterFinished * 1000,
  };
}

/** What the policy decided, flat, as every closing statement reads it. */
export function closingDoc({ attemptPhase, end, next }: Closing): Partial<ClosingDoc> {
  return {
    attemptPhase,
    failure: end.failure,
    exitCode: end.exitCode,
    signal: end.signal,
    detail: end.detail,
    nextPhase: next.phase,
    nextReason: next.phase === "Pending" ? null : next.reason,
    nextMessage: next.phase === "Failed" ? next.message : null,
    waitMs: next.phase === "Pending" ? next.waitMs : 0,
    blockUntilGone: next.phase === "Pending" && next.blockUntilGone,
  };
}

export function logDoc({ data, ...record }: LogRecord) {
  return { ...record, data: Buffer.from(data).toString("base64") };
}
