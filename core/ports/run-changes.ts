import type { RunPhase } from "#core/domain/job-run/phase.ts";

/** What people change of runs that are stored. Part of the control store, with its promises. */
export interface RunChanges {
  /**
   * Only waiting runs that were not yet as asked come back, and are recorded in the audit log. `by`: who
   * asked, null = nobody was asked who they are.
   */
  patchRuns(patches: readonly RunPatch[], by: string | null): Promise<PatchedRun[]>;
  /** Runs that a cancel would stop, counted up to `max`. */
  countCancellable(selection: CancelSelection, max: number): Promise<CancellableCount>;
  /** Some of them, at most `limit`. */
  cancellableRuns(selection: CancelSelection, limit: number): Promise<string[]>;
}

/** null = stays as it is. */
export interface RunPatch {
  readonly runId: string;
  readonly priority: number | null;
  readonly suspend: boolean | null;
}
export interface PatchedRun {
  readonly runId: string;
  /** A resumed run may be placed in so many milliseconds; null = there is nothing new to place. */
  readonly dueInMs: number | null;
}

/** Phases that a cancel can do something about. */
export type CancellablePhase = Extract<RunPhase, "Pending" | "Assigned" | "Running">;
export interface CancelSelection {
  /** All of them must match. */
  readonly labels: Readonly<Record<string, string>>;
  readonly phases: readonly CancellablePhase[];
  /** Submitted until then, in µs of the epoch by the database's clock; null = now. */
  readonly until: number | null;
}
export interface CancellableCount {
  readonly count: number;
  readonly until: number;
}
