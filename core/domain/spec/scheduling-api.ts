/** What the HTTP API says about scheduling. Instants are RFC 3339 text in UTC. */
import type { BlockerCode, Verdict } from "../explain/explanation.ts";
import type { RunPhase } from "../job-run/phase.ts";
import type { Misfit } from "../worker/fit.ts";
import type { Strategy } from "./run-spec.ts";

export interface BlockerBody {
  readonly code: BlockerCode;
  readonly subject: string;
  readonly message: string;
  readonly since: string | null;
  /** What is needed and what is there. */
  readonly misfits: readonly Misfit[];
}

export interface UnblockBody {
  readonly change: string;
  readonly effect: string;
  /** true: it comes by itself. */
  readonly wait: boolean;
}

export interface DecisionBody {
  readonly strategy: Strategy;
  /** Ready workers that fitted; null = nobody preferred anything, and they were not counted. */
  readonly candidates: number | null;
  /** Points of what the run prefers, 0 = nothing of it. */
  readonly score: number;
  readonly reasons: readonly string[];
  readonly executionId: string | null;
  readonly at: string | null;
}

export interface ExplanationBody {
  readonly runId: string;
  readonly phase: RunPhase;
  readonly verdict: Verdict;
  readonly summary: string;
  readonly decidedAt: string;
  /** The worker that has it, or that the next look gives it. */
  readonly workerId: string | null;
  /** How that worker was or would be chosen; `at` is null until it is. */
  readonly decision: DecisionBody | null;
  /** Due runs before it; null = it is not due. `isLeast`: counted up to a bound. */
  readonly position: {
    readonly ahead: number;
    readonly sameShape: number;
    readonly isLeast: boolean;
  } | null;
  /** The one that matters most first. */
  readonly blockers: readonly BlockerBody[];
  readonly unblockedBy: readonly UnblockBody[];
  /** There are more workers than were looked at. */
  readonly fleetIsCut: boolean;
}

/** Of `/v1/scheduler`. */
export interface SchedulerBody {
  /** For runs that name none. */
  readonly strategy: Strategy;
  /** Waiting runs beyond which a submit is refused, as they were last counted. */
  readonly pendingRunsMax: number;
  /** Rises with every change; 0 = nothing was configured. */
  readonly version: number;
}
