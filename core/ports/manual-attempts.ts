import type { RunPhase } from "#core/domain/job-run/phase.ts";
import type { Offer, Placement } from "#core/domain/worker/fit.ts";
import type { AttemptContext, Closing } from "./control-store.ts";

/**
 * Attempts that a caller makes and ends by the deprecated manual calls. Part of the control store, with
 * its promises. None of them touches an attempt that a worker of this install has. What they move is
 * recorded in the audit log; `by`: who asked, null = nobody was asked who they are.
 */
export interface ManualAttempts {
  /** The fence of the attempt; null = the run is not due, or the worker is ours or busy. */
  assignManually(
    assignment: ManualAssignment,
    by: string | null,
  ): Promise<{ fence: number } | null>;
  /** null = no such run. */
  assignmentView(runId: string, workerId: string): Promise<AssignmentView | null>;
  /** null = no live manual attempt. Started already: the same answer. */
  startManually(executionId: string, by: string | null): Promise<{ runId: string } | null>;
  /** false = no live manual attempt. */
  noteProgress(executionId: string, progress: Progress): Promise<boolean>;
  /** null = no running manual attempt, or not the newest of its run. */
  endManually(end: ManualEnd, by: string | null): Promise<EndedManually | null>;
  /** null = no such execution. */
  manualAttempt(executionId: string): Promise<ManualContext | null>;
}

export interface ManualAssignment {
  readonly runId: string;
  /** The caller's own; no worker of this install. */
  readonly workerId: string;
  readonly executionId: string;
}
export interface Progress {
  /** 0 to 100. */
  readonly percent: number;
  readonly message: string | null;
}
/** A run and a worker, as far as they decide whether one may be put on the other. */
export interface AssignmentView {
  readonly fence: number;
  readonly placement: Placement;
  /** null = no worker of this install. */
  readonly offer: Offer | null;
}
export interface ManualEnd extends Closing {
  readonly executionId: string;
  readonly runId: string;
  readonly logLastSeq: number | null;
}
export interface EndedManually {
  readonly runId: string;
  readonly phase: RunPhase;
  readonly reason: string | null;
  readonly waitMs: number;
}
export interface ManualContext extends AttemptContext {
  /** false: a worker of this install has it, or had it. */
  readonly manual: boolean;
  readonly ended: boolean;
}
