/**
 * The JSON of the HTTP API, as both sides of the wire see it. Instants are RFC 3339 text in UTC;
 * null = not yet, or nothing to say. Fields are only ever added.
 */
import type { Scope } from "../access/scope.ts";
import type { ErrorCode, FieldProblem } from "../errors.ts";
import type { AttemptPhase, FailureClass } from "../job-run/attempt.ts";
import type { RunPhase } from "../job-run/phase.ts";
import { limits } from "../limits.ts";
import type { GapReason } from "../output/attempt-output.ts";
import type { OutputState } from "../output/verify-output.ts";
import type { ShownValues } from "../template/parameter.ts";
import type { RunTemplate } from "../template/template.ts";
import type { WorkerPhase } from "../worker/phase.ts";
import type { RunSpec } from "./run-spec.ts";
import type { ChoiceBody } from "./scheduling-api.ts";

/** How much one bulk submit may hold. */
export const bulkBounds = {
  runsMax: limits.bulkRunsMax,
  requestBytesMax: limits.bulkRequestBytesMax,
} as const;

export { apiKeyIdOf, isApiKeyId } from "../access/api-key.ts";
export { SCOPES, type Scope } from "../access/scope.ts";
export { isFinal, RUN_PHASES, type RunPhase } from "../job-run/phase.ts";
export { sayGap } from "../output/say-gap.ts";

export interface RunSummaryBody {
  readonly id: string;
  readonly name: string;
  readonly phase: RunPhase;
  /** Why it ended or why it waits. */
  readonly reason: string | null;
  readonly message: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  /** Attempts made so far. */
  readonly attempts: number;
  readonly workerId: string | null;
  readonly exitCode: number | null;
  /** true: it will end; its attempt is being stopped. */
  readonly stopping: boolean;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Earliest start of the next attempt, while Pending. */
  readonly notBefore: string | null;
  /** The template it was made from; null = from none. */
  readonly template: RunTemplate | null;
  /** Id of the run that it repeats. */
  readonly rerunOf: string | null;
}

export interface RunBody extends RunSummaryBody {
  readonly spec: RunSpec;
  readonly submittedBy: string | null;
  /** null = it is suspended, or was until its end: no deadline runs. */
  readonly deadlineAt: string | null;
  /** Values it was made with, null in place of a secret one; null = from no template. */
  readonly parameters: ShownValues | null;
}

/** What became of each run of a bulk submit, in the order of the request. */
export interface BulkBody {
  readonly runs: readonly BulkItemBody[];
}

export type BulkItemBody = SubmittedBody | NotSubmittedBody;

export interface SubmittedBody {
  readonly id: string;
  /** false = the idempotency key had made this run before. */
  readonly created: boolean;
}

export interface NotSubmittedBody {
  readonly id: null;
  readonly error: { readonly code: ErrorCode; readonly message: string };
}

export interface RunListBody {
  /** Newest first. */
  readonly runs: readonly RunSummaryBody[];
  /** Cursor of the next page, null = this was the last. */
  readonly next: string | null;
}

export interface AttemptBody {
  readonly number: number;
  readonly executionId: string;
  readonly workerId: string;
  readonly phase: AttemptPhase;
  readonly failure: FailureClass | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly message: string | null;
  readonly assignedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly logLastSeq: number | null;
  /** Why this worker; null = nobody preferred anything, and it fitted most tightly. */
  readonly decision: ChoiceBody | null;
}

export interface AttemptListBody {
  readonly attempts: readonly AttemptBody[];
}

export interface EventBody {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly attempt: number | null;
  readonly workerId: string | null;
  readonly reason: string | null;
  readonly message: string | null;
}

export interface EventListBody {
  readonly events: readonly EventBody[];
  /** Give it back as `since` to read on. */
  readonly next: number;
}

export interface LogPieceBody {
  readonly attempt: number;
  readonly seq: number;
  readonly stream: "stdout" | "stderr";
  readonly at: string;
  /** The bytes as UTF-8, with U+FFFD for what is none. */
  readonly text: string;
  /** The very bytes in base64; only when `text` could not hold them. */
  readonly data?: string;
  /** Set on the one record that stands for output beyond the cap. */
  readonly truncated?: { readonly droppedBytes: number; readonly droppedLines: number };
  /** Set on a mark that stands where pieces are missing; `seq` is the first of them. */
  readonly gap?: LogGapBody;
}

/** Pieces `from` to `to` of an attempt are missing; `to` null = nobody knows how far. */
export interface LogGapBody {
  readonly from: number;
  readonly to: number | null;
  readonly reason: GapReason;
}

/** Whether what is stored of the output of a run is all of it. */
export interface LogVerdictBody {
  /** Every attempt is `complete`, and no other can follow. */
  readonly complete: boolean;
  /** The run is final: no other attempt can follow. */
  readonly final: boolean;
  readonly attempts: readonly LogVerdictOfAttemptBody[];
}

export interface LogVerdictOfAttemptBody {
  readonly attempt: number;
  readonly state: OutputState;
  /** `state` is `complete`: everything that the attempt wrote is stored. */
  readonly complete: boolean;
  /** How many are stored. */
  readonly pieces: number;
  readonly bytes: number;
  /** The highest number that is stored, 0 = none. */
  readonly lastSeq: number;
  /** The last number that there should be; null = nobody said. */
  readonly expectedLastSeq: number | null;
  /** What was dropped beyond the cap; null = nothing. */
  readonly truncated: { readonly droppedBytes: number; readonly droppedLines: number } | null;
  /** The first gaps. */
  readonly gaps: readonly LogGapBody[];
  /** How many more there are. */
  readonly moreGaps: number;
}

export interface LogPageBody {
  readonly pieces: readonly LogPieceBody[];
  /** Give it back as `cursor` to read on: `<attempt>.<seq>`. */
  readonly next: string;
  /** true: nothing can come after this page. */
  readonly complete: boolean;
}

export interface CancelBody {
  readonly run: RunBody;
  /** true: an attempt lives and is being stopped; the run becomes Cancelled when it is gone. */
  readonly stopping: boolean;
}

/** What became of a cancel by labels. */
export interface BulkCancelBody {
  /** How many there were before this call; null = not counted. */
  readonly count: number | null;
  /** Final now, by this call. */
  readonly cancelled: number;
  /** Their attempts are being stopped, by this call. */
  readonly stopping: number;
  /** Give it back as `cursor` to go on; null = none is left. */
  readonly next: string | null;
}

export interface WorkerBody {
  readonly id: string;
  readonly phase: WorkerPhase;
  readonly profile: string;
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly reason: string | null;
  readonly message: string | null;
  readonly machineId: string | null;
  readonly runId: string | null;
  readonly runsTaken: number;
  readonly createdAt: string;
  readonly readyAt: string | null;
  readonly lastHeartbeatAt: string | null;
  readonly terminatedAt: string | null;
}

export interface WorkerListBody {
  readonly workers: readonly WorkerBody[];
}

export interface KeyBody {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  readonly createdBy: string | null;
  readonly createdAt: string;
  /** null = never. */
  readonly expiresAt: string | null;
  /** To the minute. */
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

/** The only answer with the key itself in it: a secret, shown once. */
export interface CreatedKeyBody extends KeyBody {
  readonly key: string;
}

export interface KeyListBody {
  /** Newest first. */
  readonly keys: readonly KeyBody[];
}

/** RFC 9457 problem document; `code` is one of the catalogue in `errors.ts`. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Id of the request, also in the header `X-Request-Id`. */
  readonly instance: string;
  readonly code: ErrorCode;
  readonly errors: readonly FieldProblem[];
}
