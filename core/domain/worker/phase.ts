/**
 * Phases of a worker.
 *
 * - Creating: row, token hash and frozen launch request written; the machine is requested or about
 *   to be. Connecting: token consumed, no heartbeat yet. Ready: lease alive, takes one attempt.
 *   Busy: holds exactly one live attempt. Draining: takes no more, finishes what it has.
 *   Terminating: the machine must go. Terminated: the provider says it is gone.
 */
export const WORKER_PHASES = [
  "Creating",
  "Connecting",
  "Ready",
  "Busy",
  "Draining",
  "Terminating",
  "Terminated",
] as const;
export type WorkerPhase = (typeof WORKER_PHASES)[number];

export const WORKER_PHASE_NEXT: Readonly<Record<WorkerPhase, readonly WorkerPhase[]>> = {
  Creating: ["Connecting", "Draining", "Terminating", "Terminated"],
  Connecting: ["Ready", "Draining", "Terminating", "Terminated"],
  Ready: ["Busy", "Draining", "Terminating", "Terminated"],
  Busy: ["Ready", "Draining", "Terminating", "Terminated"],
  Draining: ["Terminating", "Terminated"],
  Terminating: ["Terminated"],
  Terminated: [],
};

export const canMoveWorker = (from: WorkerPhase, to: WorkerPhase): boolean =>
  WORKER_PHASE_NEXT[from].includes(to);
