import type { QueuedShape, ReadyWorker } from "#core/domain/reconcile/snapshot.ts";

/** How much of the queue a look reads. */
export interface PlacementBounds {
  /** Runs to answer of each shape although fewer workers are ready: for what they wait. */
  readonly runsMin: number;
  /** The due runs of a shape are counted up to this. */
  readonly dueMax: number;
  /** Look at this shape for sure, however many there are. */
  readonly shape?: string;
}

export interface PlacementView {
  readonly queue: readonly QueuedShape[];
  readonly workers: readonly ReadyWorker[];
}

/** A run and the worker it is meant for, as they were read. */
export interface Pair {
  readonly runId: string;
  readonly fence: number;
  readonly workerId: string;
  readonly executionId: string;
}
