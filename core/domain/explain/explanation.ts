import type { RunPhase } from "../job-run/phase.ts";
import type { Decision } from "../reconcile/prefer-workers.ts";
import type { FailingProfile, QueuedShape, ReadyWorker } from "../reconcile/snapshot.ts";
import type { Strategy } from "../spec/run-spec.ts";
import type { Misfit, Offer, Placement } from "../worker/fit.ts";
import type { MachineProfile } from "../worker/profile.ts";

/**
 * What the next look at the queue makes of a run.
 *
 * - READY: it places the run. NOT_YET: it does not, and something that changes by itself or by an
 *   operator will. NEVER: no machine profile of this install and no worker could ever run it.
 * - PLACED: a worker has it. FINISHED: nothing happens any more.
 */
export const VERDICTS = ["READY", "NOT_YET", "NEVER", "PLACED", "FINISHED"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Why a run waits, from the run itself to the machines that are not there. */
export const BLOCKER_CODES = [
  "Suspended",
  "StartAfter",
  "Backoff",
  "WaitingForMachineGone",
  "Stopping",
  "BehindOthers",
  "WorkerMisfit",
  "WorkerExcluded",
  "WorkerBusy",
  "WorkerComing",
  "WorkerLeaving",
  "WorkerNoStream",
  "WorkerLeaseOver",
  "WorkerGatewaySilent",
  "WorkerDedicated",
  "WorkerShared",
  "ProfileMisfit",
  "ProfileNotChosen",
  "ProfileAtMaximum",
  "ProfileResting",
  "ProviderInactive",
  "LaunchFailing",
  "LaunchUnderWay",
  "LaunchBucketEmpty",
  "LaunchDue",
] as const;
export type BlockerCode = (typeof BLOCKER_CODES)[number];

/** One reason. Instants: epoch ms of the database. */
export interface Blocker {
  readonly code: BlockerCode;
  /** What it is about: `run`, `queue`, `worker <id>`, `workers of <profile>`, `profile <name>`. */
  readonly subject: string;
  readonly message: string;
  readonly since: number | null;
  /** What is needed and what is there; empty where it is no question of size or labels. */
  readonly misfits: readonly Misfit[];
}

/** A change that helps; `wait` = it comes by itself. */
export interface Unblock {
  readonly change: string;
  readonly effect: string;
  readonly wait: boolean;
}

/** A reason with what would end it; null = nothing to be done about it. */
export interface About {
  readonly blocker: Blocker | null;
  readonly unblock: Unblock | null;
}

/** Due runs that are looked at before this one. */
export interface Position {
  readonly ahead: number;
  /** Of those, the ones that need the same of a worker. */
  readonly sameShape: number;
  /** There may be more: it was counted up to a bound. */
  readonly isLeast: boolean;
}

/** Workers that differ in nothing a placement looks at. */
export interface WorkerKind extends Offer {
  readonly profile: string;
  readonly state:
    | "Ready"
    | "Busy"
    | "Coming"
    | "Leaving"
    | "NoStream"
    | "LeaseOver"
    | "GatewaySilent";
  /** Made for one run: this one, or another. null = for any. */
  readonly dedicated: "own" | "other" | null;
  /** The run names it among those it will not run on. */
  readonly excluded: boolean;
  readonly workers: number;
  /** One of them. */
  readonly workerId: string;
  /** Since when the first of them is in this state, as far as its row tells. */
  readonly since: number | null;
}

/** The workers of a profile, as `decideCapacity` counts them. */
export interface ProfileLoad {
  readonly profile: string;
  /** On their way, for any run. */
  readonly coming: number;
  readonly comingSince: number | null;
  /** Rows that count against the profile's maximum. */
  readonly taken: number;
  /** A worker for this very run is there or on its way. */
  readonly own: boolean;
  /** The launch that fails, of the first row that has one. */
  readonly trouble: string | null;
}

export interface ExplainedRun {
  readonly id: string;
  readonly phase: RunPhase;
  /** Why it waits or why it ended. */
  readonly reason: string | null;
  readonly message: string | null;
  readonly placement: Placement;
  readonly shape: string;
  readonly fence: number;
  readonly rank: number;
  readonly priority: number;
  readonly notBefore: number;
  /** The worker whose machine must be gone first. */
  readonly blockedBy: string | null;
  readonly blockedSince: number | null;
  readonly stopping: boolean;
  readonly workerId: string | null;
  /** The newest attempt and how its worker was chosen; null = it never had one. */
  readonly attempt: PlacedAttempt | null;
}

/** What is kept of how an attempt got its worker. */
export interface PlacedAttempt {
  readonly executionId: string;
  readonly workerId: string;
  readonly assignedAt: number;
  /** null = the tightest fit, idle for longest: nobody had a preference. */
  readonly decision: Decision | null;
}

/** What the store tells of one run for an explanation. Bounded. */
export interface RunContext {
  readonly now: number;
  readonly run: ExplainedRun;
  readonly position: Position;
  readonly kinds: readonly WorkerKind[];
  /** There are workers or kinds beyond what was read. */
  readonly fleetIsCut: boolean;
  readonly loads: readonly ProfileLoad[];
}

/** Everything an explanation is decided on, read at about one instant. Bounded. */
export interface ExplainSnapshot extends RunContext {
  /** What the next look at the queue sees. */
  readonly queue: readonly QueuedShape[];
  readonly workers: readonly ReadyWorker[];
  /** What the install prefers; absent = packing. */
  readonly strategy?: Strategy;
  readonly failing: readonly FailingProfile[];
  readonly profiles: readonly MachineProfile[];
  /** The install's provider is active: machines may be asked for. */
  readonly launching: boolean;
  /** Machines that may be asked for at once. */
  readonly launchTokens: number;
}

/** `candidates`: ready workers that fitted; null = it was not counted. */
export interface PlacementDecision extends Omit<Decision, "candidates"> {
  readonly candidates: number | null;
  readonly executionId: string | null;
  /** When it was made; null = it is not made yet. */
  readonly at: number | null;
}

export interface Explanation {
  readonly runId: string;
  readonly phase: RunPhase;
  readonly verdict: Verdict;
  readonly summary: string;
  readonly decidedAt: number;
  /** The worker that has it, or that the next look gives it. */
  readonly workerId: string | null;
  /** How that worker was or would be chosen; null = there is none. */
  readonly decision: PlacementDecision | null;
  /** null = it is not due. */
  readonly position: Position | null;
  /** The one that matters most first. */
  readonly blockers: readonly Blocker[];
  /** What helps most first. */
  readonly unblockedBy: readonly Unblock[];
  readonly fleetIsCut: boolean;
}
