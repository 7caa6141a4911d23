/**
 * Phases of an attempt (the wire's *execution*), one try of a run on one worker.
 *
 * - Assigned: bound to a worker, not accepted. Running: accept committed, user code may start.
 * - Succeeded, Failed, Stopped, Returned: ended. Returned never started and costs nothing.
 * - Lost: its worker's lease ran out or its machine is gone. While no newer attempt exists its late
 *   result is still accepted, so this is the one ended phase that may be left.
 */
export const ATTEMPT_PHASES = [
  "Assigned",
  "Running",
  "Succeeded",
  "Failed",
  "Stopped",
  "Returned",
  "Lost",
] as const;
export type AttemptPhase = (typeof ATTEMPT_PHASES)[number];

export const ATTEMPT_PHASE_NEXT: Readonly<Record<AttemptPhase, readonly AttemptPhase[]>> = {
  Assigned: ["Running", "Failed", "Stopped", "Returned", "Lost"],
  Running: ["Succeeded", "Failed", "Stopped", "Lost"],
  Lost: ["Succeeded", "Failed", "Stopped"],
  Succeeded: [],
  Failed: [],
  Stopped: [],
  Returned: [],
};

export const isLive = (phase: AttemptPhase): boolean => phase === "Assigned" || phase === "Running";

/**
 * Why an attempt did not succeed, and so which budget pays:
 * app, oom, timeout → backoffLimit; worker-lost → infrastructureLimit; dispatch (any end before the
 * start) → its own bound; deadline and stopped → nobody.
 */
export const FAILURE_CLASSES = [
  "app",
  "oom",
  "timeout",
  "worker-lost",
  "dispatch",
  "deadline",
  "stopped",
] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

export const isCharged = (failure: FailureClass): boolean =>
  failure === "app" || failure === "oom" || failure === "timeout";
