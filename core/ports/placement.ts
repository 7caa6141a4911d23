import type { Decision } from "#core/domain/reconcile/prefer-workers.ts";
import type { QueuedShape, ReadyWorker } from "#core/domain/reconcile/snapshot.ts";
import type { Strategy } from "#core/domain/spec/run-spec.ts";

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
  /** What the install prefers for runs that say nothing; absent = packing. */
  readonly strategy?: Strategy;
}

/** A run and the worker it is meant for, as they were read. */
export interface Pair {
  readonly runId: string;
  readonly fence: number;
  readonly workerId: string;
  readonly executionId: string;
  /** Kept with the attempt; null or absent = the tightest fit, idle for longest. */
  readonly decision?: Decision | null;
  /** Kept with the worker, for the next run of that key. */
  readonly affinityKey?: string | null;
}
