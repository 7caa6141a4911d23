/**
 * Phases of a run.
 *
 * - Pending: stored and waiting for capacity, its backoff instant, `startAfter` or a resume. Left by
 *   assignment, cancel or deadline.
 * - Assigned: a live attempt is bound to a worker, the fence was raised, user code has provably
 *   not started. Left by accept, result, or back to Pending free of charge.
 * - Running: the worker was allowed to start the user's code.
 * - Succeeded, Failed, Cancelled: final and immutable; deleted only by their TTL.
 */
export const RUN_PHASES = [
  "Pending",
  "Assigned",
  "Running",
  "Succeeded",
  "Failed",
  "Cancelled",
] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

export const RUN_PHASE_NEXT: Readonly<Record<RunPhase, readonly RunPhase[]>> = {
  // Pending → Succeeded: the late result of a lost attempt, accepted while no newer one exists.
  Pending: ["Assigned", "Succeeded", "Failed", "Cancelled"],
  Assigned: ["Pending", "Running", "Failed", "Cancelled"],
  Running: ["Pending", "Succeeded", "Failed", "Cancelled"],
  Succeeded: [],
  Failed: [],
  Cancelled: [],
};

export const isFinal = (phase: RunPhase): boolean => RUN_PHASE_NEXT[phase].length === 0;
export const canMoveRun = (from: RunPhase, to: RunPhase): boolean =>
  RUN_PHASE_NEXT[from].includes(to);

/** Why a final run ended so. `Completed` is the reason of every success. */
export const RUN_REASONS = [
  "Completed",
  "BackoffLimitExceeded",
  "DeadlineExceeded",
  "InfrastructureFailure",
  "DispatchFailure",
  "CancelledByUser",
] as const;
export type RunReason = (typeof RUN_REASONS)[number];

/** Why a Pending run waits. Written only when it changes. */
export const PENDING_REASONS = [
  "Queued",
  "StartAfter",
  "Suspended",
  "Backoff",
  "WaitingForWorker",
  "WaitingForCapacity",
  "LaunchFailed",
  "WaitingForMachineGone",
] as const;
export type PendingReason = (typeof PENDING_REASONS)[number];
