import { type AttemptEnd, afterAttempt, endedPhase } from "#core/domain/job-run/after-attempt.ts";
import type { FailureClass } from "#core/domain/job-run/attempt.ts";
import type { AttemptContext, Closing } from "#core/ports/control-store.ts";

/** A success ends its run whatever was before; that the attempt was started is the row's to know. */
export const closingOfSuccess = (end: AttemptEnd): Closing => ({
  attemptPhase: endedPhase(null, true),
  end,
  next: { phase: "Succeeded", reason: "Completed" },
});

/** Applies the pure policy to one attempt that ended: what it becomes, and what follows. */
export function closingOf(context: AttemptContext, end: AttemptEnd, draw: number): Closing {
  const started = context.phase !== "Assigned";
  const failure: FailureClass | null = !started && end.failure !== null ? "dispatch" : end.failure;
  const settled = { ...end, failure };
  return {
    attemptPhase: endedPhase(failure, started),
    end: settled,
    next: afterAttempt(context.policy, context.history, settled, draw),
  };
}

/**
 * The same for an attempt that the control plane ends by itself: its worker said nothing, so its code
 * may go on until the machine is gone. A frozen worker overruns the time-out of its attempt as well.
 */
export function closingUnheard(context: AttemptContext, end: AttemptEnd, draw: number): Closing {
  const closing = closingOf(context, end, draw);
  const mayGoOn = context.phase !== "Assigned" && context.policy.replacement === "AfterGone";
  if (closing.next.phase !== "Pending" || !mayGoOn) return closing;
  return { ...closing, next: { ...closing.next, blockUntilGone: true } };
}
