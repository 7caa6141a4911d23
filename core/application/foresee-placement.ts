import { decisionView } from "#core/domain/explain/explain-run.ts";
import type { PlacementDecision } from "#core/domain/explain/explanation.ts";
import { limits } from "#core/domain/limits.ts";
import { matchRuns } from "#core/domain/reconcile/match-runs.ts";
import type { ControlStore, NewRun } from "#core/ports/control-store.ts";
import type { SchedulerStore } from "#core/ports/scheduler-store.ts";
import { acceptableRun, type NewRunDeps } from "./new-run.ts";
import type { ForeseenRun, SubmitRequest } from "./operations.ts";

export interface ForeseeDeps {
  readonly store: Pick<ControlStore, "placement" | "control">;
  readonly scheduler: Pick<SchedulerStore, "readyWorkers">;
}

export interface Foreseen {
  readonly now: number;
  /** null = no ready worker would take it now; then `reason` says why. */
  readonly workerId: string | null;
  readonly decision: PlacementDecision | null;
  readonly reason: string | null;
}

/** The same of what a caller would submit. Throws what a submit throws of its spec. */
export async function foreseeRun(
  deps: ForeseeDeps & NewRunDeps,
  request: SubmitRequest,
): Promise<ForeseenRun> {
  const run = acceptableRun(deps, request);
  return { ...(await foreseePlacement(deps, run)), spec: run.spec };
}

/** What a look would decide about a run that is not stored. Changes nothing. */
export async function foreseePlacement(
  { store, scheduler }: ForeseeDeps,
  run: NewRun,
): Promise<Foreseen> {
  const bounds = { runsMin: 0, dueMax: limits.placementRunsPerShapeMax + 1 };
  const [{ queue, strategy }, workers, { now }] = await Promise.all([
    store.placement({ ...bounds, shape: run.shape }),
    scheduler.readyWorkers(limits.placementWorkersMax),
    store.control(),
  ]);
  const nothing = { now, workerId: null, decision: null };
  const { startAfter, priority } = run.spec;
  if (startAfter !== null && Date.parse(startAfter) > now)
    return { ...nothing, reason: `it would start at ${startAfter}` };
  const rank = now - priority * limits.priorityAgeingSecondsPerPoint * 1000;
  const queued = { id: run.id, fence: 0, rank, dueAt: now, reason: null, message: null };
  // Named apart from its like, so that it stands behind those of them that were not answered too.
  const own = { shape: `${run.shape} now`, placement: run.placement, due: 1, runs: [queued] };
  const match = matchRuns([...queue, own], workers, undefined, strategy).find(
    (one) => one.run.id === run.id,
  );
  if (!match) return { ...nothing, reason: "no ready worker would take it now" };
  return {
    now,
    workerId: match.worker.id,
    decision: decisionView(match.decision, null),
    reason: null,
  };
}
