import type {
  AttemptEnd,
  AttemptHistory,
  NextStep,
  RetryPolicy,
} from "#core/domain/job-run/after-attempt.ts";
import type { AttemptPhase } from "#core/domain/job-run/attempt.ts";
import type { PendingReason, RunPhase } from "#core/domain/job-run/phase.ts";
import type { WorkerEnd } from "#core/domain/reconcile/decide-fleet.ts";
import type { FailingProfile, FleetWorker } from "#core/domain/reconcile/snapshot.ts";
import type { RunSpec } from "#core/domain/spec/run-spec.ts";
import type { Offer, Placement } from "#core/domain/worker/fit.ts";
import type { WorkerPhase } from "#core/domain/worker/phase.ts";
import type { Taint } from "#core/domain/worker/profile.ts";
import type { Dispatch } from "./dispatch.ts";
import type { LogRecord, StoredLogs } from "./log-records.ts";
import type { ManualAttempts } from "./manual-attempts.ts";
import type { Pair, PlacementBounds, PlacementView } from "./placement.ts";
import type { LaunchRequest } from "./provider.ts";
import type { RunChanges } from "./run-changes.ts";

export type { Pair, PlacementBounds, PlacementView } from "./placement.ts";
export type { LogRecord, StoredLogs };

/**
 * The only door for changes of state. Every mutation is one guarded statement: rows that moved
 * since they were read do not come back (`stale`, which is normal), and the same call may be sent
 * twice. Batches are atomic per row, not as a whole. Methods throw DomainError StoreUnavailable
 * when the database cannot be reached; nothing was stored then, or the repeat finds it done.
 */
export interface ControlStore extends RunChanges, ManualAttempts {
  // Runs
  /**
   * Answers in the order of the runs. Gateways with an idle worker are told, if there are any, unless a
   * gateway submits: it looks by itself, and may propose workers. No id or key may stand in it twice.
   */
  insertRuns(runs: readonly NewRun[], by?: SubmittingGateway): Promise<InsertedRun[]>;
  /** Who holds each key, or else the id, by the id that was asked for; nobody is left out. */
  findRuns(wanted: readonly WantedRun[]): Promise<ReadonlyMap<string, RunHolder>>;
  requestStops(stops: readonly StopRequest[]): Promise<RequestedStop[]>;
  overdueRuns(limit: number): Promise<string[]>;

  // Placement
  /**
   * The head of the queue by shape, in order of their oldest, and the workers that can take a run
   * now, of one kind those idle for longest first. Bounded by what can be matched at all.
   */
  placement(bounds: PlacementBounds): Promise<PlacementView>;
  /** `self`: the gateway that places: it needs no notice, and hears what to tell its workers. */
  assignRuns(
    pairs: readonly Pair[],
    self: string | null,
    byHand?: { readonly by: string | null },
  ): Promise<Assigned[]>;
  noteWaiting(notes: readonly WaitingNote[]): Promise<void>;
  unblockRuns(): Promise<number>;

  // Attempts
  acceptAttempts(accepts: readonly WorkerClaim[]): Promise<Accepted[]>;
  /** Whether each counts now. What a superseded stream claims does not come back: nobody knows. */
  checkFences(claims: readonly WorkerClaim[]): Promise<CheckedFence[]>;
  recordResults(results: readonly ResultRecord[]): Promise<RecordedResult[]>;
  resultVerdicts(
    claims: readonly (WorkerClaim & { resultId: string })[],
  ): Promise<Map<string, "duplicate" | "retry" | "fenced">>;
  troubledAttempts(limit: number): Promise<TroubledAttempt[]>;
  attemptContexts(executionIds: readonly string[]): Promise<AttemptContext[]>;
  heldAttempts(workerIds: readonly string[]): Promise<AttemptContext[]>;
  endAttempts(ends: readonly AttemptClosing[]): Promise<EndedAttempt[]>;
  appendLogs(chunks: readonly LogRecord[]): Promise<StoredLogs[]>;

  // Workers
  control(): Promise<ControlView>;
  fleet(): Promise<FleetWorker[]>;
  /** How long nothing has happened, in milliseconds; null while a run is open or a worker is there. */
  idleMs(): Promise<number | null>;
  /** Profiles whose newest machines ended before a worker was ready. */
  failingProfiles(): Promise<FailingProfile[]>;
  createWorkers(workers: readonly NewWorker[], launchEpoch: number): Promise<string[]>;
  claimLaunches(limit: number): Promise<ClaimedLaunch[]>;
  launchesAccepted(launched: readonly { workerId: string; externalId: string }[]): Promise<void>;
  launchesFailed(
    failures: readonly { workerId: string; reason: string; message: string; waitMs: number }[],
  ): Promise<void>;
  /** true = the session is open (also when it was before, with the same secret). */
  registerWorker(registration: Registration): Promise<boolean>;
  /** Why a token was refused; for the log and replay detection only. */
  inspectToken(workerId: string, tokenSha256: string): Promise<TokenView | null>;
  attachWorker(attachment: Attachment): Promise<Attached | null>;
  detachWorkers(streams: readonly { workerId: string; epoch: number }[]): Promise<void>;
  /** Only workers whose stream is still the newest come back. */
  beatWorkers(beats: readonly Beat[]): Promise<BeatAnswer[]>;
  endWorkers(ends: readonly WorkerEnd[]): Promise<EndedWorker[]>;
  stopsAsked(workerIds: readonly string[]): Promise<void>;
  endMachines(ends: readonly MachineEnd[]): Promise<EndedMachine[]>;
  workersById(
    ids: readonly string[],
  ): Promise<{ id: string; phase: string; externalId: string | null }[]>;

  // Gateways
  /** `guarded`: after an outage nobody is declared lost for now. */
  beatGateway(id: string, address: string): Promise<{ guarded: boolean }>;
  leaveGateway(id: string): Promise<void>;
  dispatches(gatewayId: string): Promise<Dispatch[]>;
  heldByWorker(workerId: string): Promise<Dispatch[]>;

  // Housekeeping
  /** true for the one process that sweeps in this period. */
  claimSweep(): Promise<boolean>;
  countPending(): Promise<void>;
  /**
   * Deletes some of what is past its time: output first, then the runs that have none left, and
   * workers, and API keys that were revoked or expired long ago. Bounded, whatever there is; asked again until it answers nothing but zeros.
   */
  deleteExpired(): Promise<Deleted>;
}

export interface Deleted {
  readonly chunks: number;
  readonly runs: number;
  readonly workers: number;
  readonly keys: number;
  /** Spans of usage. */
  readonly usage: number;
  readonly auditEvents: number;
}
export interface NewRun {
  readonly id: string;
  readonly spec: RunSpec;
  readonly placement: Placement;
  readonly shape: string;
  readonly digest: string;
  readonly idempotencyKey: string | null;
  readonly submittedBy: string | null;
  /** The run that this one repeats. */
  readonly rerunOf: string | null;
}
/** A gateway that stores runs, with a ready worker for some of them as far as it knows. */
export interface SubmittingGateway {
  readonly gatewayId: string;
  /** No worker may stand in it twice. */
  readonly proposals: readonly Proposal[];
}
/** Believed of nobody: the worker's row decides whether it takes the run. */
export interface Proposal {
  readonly runId: string;
  readonly workerId: string;
  /** Of the worker's stream at the gateway that proposes. */
  readonly epoch: number;
  readonly executionId: string;
}
export interface InsertedRun {
  readonly id: string;
  /** What the database added; null = the id or its key was there already, or the queue is full. */
  readonly stored: StoredRun | null;
  readonly full: boolean;
  /** A living gateway with an idle worker was told: it looks, and asks for machines if need be. */
  readonly poked: boolean;
}
export type WantedRun = Pick<NewRun, "id" | "idempotencyKey">;
/** `digest`: of the spec that the run was submitted with. */
export type RunHolder = Pick<NewRun, "id" | "digest">;
/** Instants: epoch ms of the database. A suspended run has no deadline. */
export interface StoredRun {
  readonly createdAt: number;
  readonly notBefore: number;
  readonly deadlineAt: number | null;
  /** Why it waits; null = it is Assigned to the worker that was proposed for it. */
  readonly reason: PendingReason | null;
  readonly workerId: string | null;
}
export interface StopRequest {
  readonly runId: string;
  readonly rule: "cancel" | "deadline";
  readonly phase: "Cancelled" | "Failed";
  readonly reason: "CancelledByUser" | "DeadlineExceeded";
  readonly message: string | null;
  /** Who cancels, for the audit log; null = nobody was asked who they are. Of a deadline nobody is. */
  readonly by: string | null;
}
export interface RequestedStop {
  readonly runId: string;
  readonly finished: boolean;
  readonly gatewayId: string | null;
}
export interface Assigned extends Omit<Pair, "decision" | "affinityKey"> {
  readonly gatewayId: string;
  /** What the worker must be told, when its stream is held by the gateway that placed. */
  readonly dispatch: Pick<
    Dispatch,
    "epoch" | "name" | "spec" | "parameters" | "deadlineInMs"
  > | null;
}
export interface WaitingNote {
  readonly runId: string;
  readonly reason: string;
  readonly message: string | null;
}

/** What every write of a worker's stream names: itself, its epoch, and what it claims to own. */
export interface WorkerClaim {
  /** Where it is known: spares a look-up. Believed of nobody, the execution id must be of that run. */
  readonly runId?: string;
  readonly executionId: string;
  readonly fence: number;
  readonly workerId: string;
  readonly epoch: number;
}
export interface CheckedFence {
  readonly executionId: string;
  /** The newest attempt of a Running run that was not asked to stop. Once false, it stays so. */
  readonly current: boolean;
}
export interface Accepted {
  readonly executionId: string;
  readonly runId: string;
  readonly fence: number;
  /** true: was accepted before, the answer was lost. */
  readonly again: boolean;
  readonly waitedMs: number;
}

/** An attempt to end, what the policy decided, and what was known of its end. */
export interface Closing {
  readonly attemptPhase: AttemptPhase;
  readonly end: AttemptEnd;
  readonly next: NextStep;
}
export interface ResultRecord extends WorkerClaim, Closing {
  readonly resultId: string;
  readonly logLastSeq: number | null;
}
export interface RecordedResult {
  readonly executionId: string;
  readonly runId: string;
  readonly phase: RunPhase;
  readonly reason: string | null;
  readonly waitMs: number;
  readonly workerPhase: WorkerPhase | null;
  readonly ranMs: number | null;
  /** Some run was waiting, as far as the statement could see: a freed worker may take it. */
  readonly queueWaits: boolean;
}
export interface AttemptContext {
  readonly runId: string;
  readonly fence: number;
  readonly workerId: string;
  readonly executionId: string;
  readonly phase: AttemptPhase;
  readonly policy: RetryPolicy;
  readonly history: AttemptHistory;
}
export type TroubleRule =
  | "lease-over"
  | "unreported"
  | "not-accepted"
  | "refused"
  | "attempt-overdue"
  | "stop-overdue";
export interface TroubledAttempt extends AttemptContext {
  readonly rule: TroubleRule;
}
export interface AttemptClosing extends Closing {
  readonly rule: TroubleRule;
  readonly runId: string;
  readonly fence: number;
  readonly workerId: string;
  readonly expected: "Assigned" | "Running";
  /** Compared only for `refused`. */
  readonly epoch: number | null;
}
export interface EndedAttempt {
  readonly runId: string;
  readonly fence: number;
  readonly workerId: string;
  readonly phase: RunPhase;
  readonly reason: string | null;
  readonly attemptPhase: AttemptPhase;
  readonly waitMs: number;
}
export interface ControlView {
  readonly installId: string;
  readonly launchEpoch: number;
  readonly launchTokens: number;
  readonly launching: boolean; // the install's provider is Active
  readonly leaseFloor: number | null;
  readonly now: number;
}
export interface NewWorker {
  readonly id: string;
  readonly provider: string;
  readonly profile: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly dedicatedRunId: string | null;
  readonly maxRuns: number | null;
  readonly maxAgeMs: number | null;
  readonly launchToken: string;
  readonly launchRequest: LaunchRequest;
  readonly tokenKeyId: string;
  readonly tokenSha256: string;
}
export interface ClaimedLaunch {
  readonly workerId: string;
  readonly request: LaunchRequest;
  readonly tokenKeyId: string;
  readonly failures: number;
}
export interface Registration {
  readonly workerId: string;
  readonly tokenSha256: string;
  readonly sessionSha256: string;
  readonly protocolVersion: number;
  /** What the worker says of itself; shown, never decided on. */
  readonly info: unknown;
}
export interface TokenView {
  readonly phase: WorkerPhase;
  readonly rightToken: boolean;
  readonly consumed: boolean;
  readonly expired: boolean;
}
export interface Attachment {
  readonly workerId: string;
  readonly sessionSha256: string;
  readonly gatewayId: string;
}
export interface Attached {
  readonly epoch: number;
  readonly phase: WorkerPhase;
  readonly protocolVersion: number;
  readonly runId: string | null;
  readonly fence: number | null;
  /** What placement looks at in this worker. */
  readonly offer: Offer;
  /** The only run it may take; null = any. */
  readonly dedicatedRunId: string | null;
}
export interface Beat {
  readonly workerId: string;
  readonly epoch: number;
  readonly executions: readonly { readonly executionId: string; readonly fence: number }[];
}
export interface BeatAnswer {
  readonly workerId: string;
  readonly phase: WorkerPhase;
  readonly born: boolean;
  readonly lost: readonly string[];
}
export interface EndedWorker {
  readonly workerId: string;
  readonly phase: WorkerPhase;
  readonly reason: string;
  readonly runId: string | null;
}
export interface MachineEnd {
  readonly workerId: string;
  readonly reason: string;
  readonly detail: string | null;
  /** The live attempt on it, null = it holds none. */
  readonly attempt:
    | ({
        readonly runId: string;
        readonly fence: number;
        readonly expected: "Assigned" | "Running";
      } & Closing)
    | null;
}
export interface EndedMachine {
  readonly workerId: string;
  readonly runId: string | null;
  readonly fence: number | null;
  readonly phase: RunPhase | null;
  readonly reason: string | null;
  readonly waitMs: number;
}
export type { Dispatch };
