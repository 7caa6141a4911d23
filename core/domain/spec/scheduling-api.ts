/** What the HTTP API says about scheduling. Instants are RFC 3339 text in UTC. */
import type { BlockerCode, Verdict } from "../explain/explanation.ts";
import type { RunPhase } from "../job-run/phase.ts";
import type { Misfit } from "../worker/fit.ts";
import type { RunSpec, Strategy } from "./run-spec.ts";

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

/** Why a worker was chosen. */
export interface ChoiceBody {
  readonly strategy: Strategy;
  /** Ready workers that fitted; null = nobody preferred anything, and they were not counted. */
  readonly candidates: number | null;
  /** Points of what the run prefers, 0 = nothing of it. */
  readonly score: number;
  readonly reasons: readonly string[];
}

export interface DecisionBody extends ChoiceBody {
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

/** What the next look at the queue would decide about a run that is not stored. */
export interface ForeseenBody {
  readonly decidedAt: string;
  /** null = it would wait; then `reason` says for what. */
  readonly workerId: string | null;
  readonly decision: ChoiceBody | null;
  readonly reason: string | null;
  /** The run with every default filled in. */
  readonly spec: RunSpec;
}

/** Of `/v1/queue`. */
export interface QueueBody {
  readonly at: string;
  readonly pending: {
    readonly runs: number;
    /** There may be more: it was counted up to a bound, and so was all that follows. */
    readonly isLeast: boolean;
    /** They would start if there were room: not suspended, not put off. */
    readonly due: number;
    /** By what each waits for, the most frequent first. */
    readonly byReason: Readonly<Record<string, number>>;
    /** The highest first. */
    readonly byPriority: readonly { readonly priority: number; readonly runs: number }[];
    /** The one that is due for longest: since its submit, its `startAfter`, or the end of its last back-off. */
    readonly oldest: {
      readonly id: string;
      readonly createdAt: string;
      readonly dueAt: string;
    } | null;
  };
  /** Attempts that workers have. */
  readonly live: {
    readonly assigned: number;
    readonly running: number;
    readonly isLeast: boolean;
  };
  /** How the newest runs that are kept ended, those that are open among them. */
  readonly newest: {
    readonly runs: number;
    /** There are older ones, which were not read. */
    readonly isCut: boolean;
    readonly succeeded: number;
    readonly failed: number;
    readonly cancelled: number;
  };
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
