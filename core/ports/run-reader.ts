import type { AttemptPhase, FailureClass } from "#core/domain/job-run/attempt.ts";
import type { PendingReason, RunPhase } from "#core/domain/job-run/phase.ts";
import type { Gap } from "#core/domain/output/attempt-output.ts";
import type { OutputVerdict } from "#core/domain/output/verify-output.ts";
import type { Decision } from "#core/domain/reconcile/prefer-workers.ts";
import type { LabelRequirement } from "#core/domain/spec/label-selector.ts";
import type { RunSpec } from "#core/domain/spec/run-spec.ts";
import type { ShownValues } from "#core/domain/template/parameter.ts";
import type { RunTemplate } from "#core/domain/template/template.ts";
import type { WorkerPhase } from "#core/domain/worker/phase.ts";

/** Instants are epoch milliseconds of the database's clock, null = not yet. */
export interface RunSummary {
  readonly id: string;
  readonly name: string;
  readonly phase: RunPhase;
  /** Why it ended or is being stopped (RunReason), or why it waits (PendingReason), else null. */
  readonly reason: string | null;
  readonly message: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  /** Attempts made so far; also the fence of the newest. */
  readonly attempts: number;
  readonly workerId: string | null;
  readonly exitCode: number | null;
  /** true: a cancel or deadline verdict is stored and the attempt is being stopped. */
  readonly stopping: boolean;
  readonly createdAt: number;
  /** First start of user code. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Earliest start of the next attempt, while Pending. */
  readonly notBefore: number | null;
  /** What it was made from; null = from no template. */
  readonly template: RunTemplate | null;
  /** The run that it repeats, which may be deleted. */
  readonly rerunOf: string | null;
}

export interface RunDetail extends RunSummary {
  readonly spec: RunSpec;
  readonly submittedBy: string | null;
  /** null = it is suspended, or was until its end: no deadline runs. */
  readonly deadlineAt: number | null;
  /** Values it was made with, null in place of a secret one; null = from no template. */
  readonly parameters: ShownValues | null;
}

export interface AttemptView {
  readonly number: number;
  readonly executionId: string;
  readonly workerId: string;
  readonly phase: AttemptPhase;
  readonly failure: FailureClass | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly message: string | null;
  readonly assignedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Last log chunk the worker announced with its result; null before. */
  readonly logLastSeq: number | null;
  /** Why this worker; null = nobody preferred anything, and it fitted most tightly. */
  readonly decision: Decision | null;
}

/** One line of a run's history; `seq` rises from 1 without gaps within a run. */
export interface RunEvent {
  readonly seq: number;
  readonly at: number;
  /** Submitted, Assigned, Started, AttemptEnded, Returned, Lost, StopRequested, Finished, … */
  readonly type: string;
  readonly attempt: number | null;
  readonly workerId: string | null;
  readonly reason: string | null;
  readonly message: string | null;
}

export interface WorkerView {
  readonly id: string;
  readonly phase: WorkerPhase;
  readonly profile: string;
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Why it is where it is (launch failure, lease over, idle, …), null = nothing to say. */
  readonly reason: string | null;
  readonly message: string | null;
  readonly machineId: string | null;
  /** The run it holds now. */
  readonly runId: string | null;
  readonly runsTaken: number;
  readonly createdAt: number;
  readonly readyAt: number | null;
  readonly lastHeartbeatAt: number | null;
  readonly terminatedAt: number | null;
}

/** How many runs that are still kept are in each phase, counted at one instant. */
export interface RunCounts {
  readonly pending: number;
  readonly assigned: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  /** When they were counted. */
  readonly at: number;
}

/** What waits and runs, counted at one instant; each count ends at a bound of its own. */
export interface QueueView {
  readonly at: number;
  /** Waiting runs, up to `limits.queueCountMax`; the next four are of those that were counted. */
  readonly pending: number;
  /** They would start if there were room. */
  readonly due: number;
  readonly byReason: Readonly<Partial<Record<PendingReason, number>>>;
  /** The highest first. */
  readonly byPriority: readonly { readonly priority: number; readonly runs: number }[];
  /** The one that is due for longest: since its submit, its `startAfter`, or the end of its last back-off. */
  readonly oldest: {
    readonly id: string;
    readonly createdAt: number;
    readonly dueAt: number;
  } | null;
  /** Live attempts, both together up to `limits.queueCountMax`. */
  readonly assigned: number;
  readonly running: number;
  /** The newest runs, open or not, up to `limits.queueNewestMax`; the next three are of these. */
  readonly newest: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** Which workers a list is to have; every criterion must hold. */
export interface WorkerFilter {
  /** [] = all but Terminated. */
  readonly phases: readonly WorkerPhase[];
  readonly requirements: readonly LabelRequirement[];
  readonly cpuMillisMin: number;
  readonly memoryMibMin: number;
  /** Heard within so long; null = whenever. */
  readonly heardWithinMs: number | null;
}

/** Where a reader of logs stands: after chunk `seq` of attempt `attempt`. Start: 0, 0. */
export interface LogCursor {
  readonly attempt: number;
  readonly seq: number;
}

export interface LogPiece {
  readonly attempt: number;
  readonly seq: number;
  readonly stream: "stdout" | "stderr";
  readonly at: number;
  readonly data: Uint8Array;
  /** Set on the one record that stands for output beyond the cap. */
  readonly truncated: { readonly droppedBytes: number; readonly droppedLines: number } | null;
  /** Set on a mark that stands where pieces are missing; `seq` is the first of them. */
  readonly gap: Gap | null;
}

export interface LogPage {
  readonly pieces: readonly LogPiece[];
  /** Give it back to read on. */
  readonly next: LogCursor;
  /** true: nothing can come after this page (the run is final and all output was read). */
  readonly complete: boolean;
}

/** Whether what is stored of a run's output is all of it. */
export interface LogVerdict {
  /** Every attempt is `complete`, and no other can follow. */
  readonly complete: boolean;
  /** The run is final: no other attempt can follow. */
  readonly final: boolean;
  /** In their order. */
  readonly attempts: readonly OutputVerdict[];
}

export interface RunFilter {
  readonly phases: readonly RunPhase[];
  readonly labels: Readonly<Record<string, string>>;
  readonly limit: number;
  /** Opaque, from the page before; null = newest first from the start. */
  readonly cursor: string | null;
}

/** A page by number, for callers that know no cursor. */
export interface JobPageQuery {
  readonly phase: RunPhase | null;
  /** Of failed runs: only those past their deadline, or only the others; null = all. */
  readonly timedOut: boolean | null;
  /** Looked for in names, whatever the case; empty = all. */
  readonly nameContains: string;
  readonly limit: number;
  readonly offset: number;
}
export interface RunOnPage extends RunSummary {
  /** Percent, where a caller said it; null = nobody did. */
  readonly progress: number | null;
  readonly now: number;
}

/** Read models for the API, the CLI and the gateway's GetJob. Never used to decide. */
export interface RunReader {
  /** null = no such run. */
  run(id: string): Promise<RunDetail | null>;
  runs(filter: RunFilter): Promise<{ runs: RunSummary[]; next: string | null }>;
  /** Newest first. `total` of all that match is counted up to `limits.pageOffsetMax`. */
  page(query: JobPageQuery): Promise<{ runs: RunOnPage[]; total: number }>;
  attempts(runId: string): Promise<AttemptView[]>;
  /** Events after `since`, in order, at most `limit`. */
  events(runId: string, since: number, limit: number): Promise<RunEvent[]>;
  /**
   * One page of output in order (attempt, seq), at most `bytesMax` bytes of data. Every piece comes once,
   * or a mark says that it is missing; pieces of an attempt wait until those before it cannot come any more.
   */
  logs(runId: string, after: LogCursor, bytesMax: number): Promise<LogPage>;
  /** Looks at every stored piece, but not into it, in statements that are bounded. null = no such run. */
  verifyLogs(runId: string): Promise<LogVerdict | null>;
  /** `all` = also Terminated ones that are still kept. Newest first. */
  workers(all: boolean, limit: number, filter?: WorkerFilter): Promise<WorkerView[]>;
  queue(): Promise<QueueView>;
  /** Reads every run that is kept: not to be asked for often. */
  runCounts(): Promise<RunCounts>;
}
