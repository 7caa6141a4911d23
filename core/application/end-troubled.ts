import type { FailureClass } from "#core/domain/job-run/attempt.ts";
import { limits } from "#core/domain/limits.ts";
import type { EndedAttempt, TroubledAttempt, TroubleRule } from "#core/ports/control-store.ts";
import { closingUnheard } from "./close-attempt.ts";
import type { ReconcileDeps } from "./reconcile-deps.ts";

const TROUBLE: Record<TroubleRule, { failure: FailureClass; detail: string }> = {
  "lease-over": { failure: "worker-lost", detail: "the worker's lease ran out" },
  unreported: { failure: "worker-lost", detail: "the worker no longer reports this attempt" },
  "not-accepted": { failure: "dispatch", detail: "the worker did not accept in time" },
  refused: { failure: "dispatch", detail: "the worker refused" },
  "attempt-overdue": { failure: "timeout", detail: "the attempt timeout passed unanswered" },
  "stop-overdue": { failure: "stopped", detail: "the worker did not stop in time" },
};

/** Ends attempts of lost workers, unanswered dispatches, and what should have stopped by itself. */
export async function endTroubled(deps: ReconcileDeps): Promise<number> {
  const troubled = await deps.store.troubledAttempts(limits.tickBatchMax);
  const ended = await endAll(deps, troubled);
  for (const attempt of ended) noteEnded(deps, attempt);
  return ended.length;
}

/** Shared with the gateway, whose workers may refuse. */
export function endAll(
  deps: Pick<ReconcileDeps, "store" | "random">,
  troubled: readonly TroubledAttempt[],
  epoch: number | null = null,
): Promise<EndedAttempt[]> {
  return deps.store.endAttempts(
    troubled.map((attempt) => ({
      rule: attempt.rule,
      runId: attempt.runId,
      fence: attempt.fence,
      workerId: attempt.workerId,
      expected: attempt.phase === "Assigned" ? "Assigned" : "Running",
      epoch,
      ...closingUnheard(
        attempt,
        { ...TROUBLE[attempt.rule], exitCode: null, signal: null },
        deps.random(),
      ),
    })),
  );
}

function noteEnded({ log, telemetry }: ReconcileDeps, attempt: EndedAttempt): void {
  telemetry.count("attempts_ended_total", { phase: attempt.attemptPhase });
  if (attempt.attemptPhase === "Lost") telemetry.count("workers_lost_total");
  if (attempt.phase !== "Pending")
    telemetry.count("runs_finished_total", { phase: attempt.phase, reason: attempt.reason ?? "" });
  const { runId, fence, workerId } = attempt;
  log.warn(
    { runId, workerId, fence, end: attempt.attemptPhase, phase: attempt.phase },
    "attempt ended by the control plane",
  );
}
