/** Domain views → the JSON of the API. The only place that turns epoch milliseconds into text. */
import { isUtf8 } from "node:buffer";
import { behindGap, type Gap } from "#core/domain/output/attempt-output.ts";
import { sayGap } from "#core/domain/output/say-gap.ts";
import type {
  AttemptBody,
  EventBody,
  KeyBody,
  LogGapBody,
  LogPageBody,
  LogPieceBody,
  LogVerdictBody,
  RunBody,
  RunSummaryBody,
  WorkerBody,
} from "#core/domain/spec/api.ts";
import type { ApiKeyView } from "#core/ports/api-keys.ts";
import type {
  AttemptView,
  LogCursor,
  LogPage,
  LogPiece,
  LogVerdict,
  RunDetail,
  RunEvent,
  RunSummary,
  WorkerView,
} from "#core/ports/run-reader.ts";

export const instant = (epochMs: number): string => new Date(epochMs).toISOString();
const instantOrNull = (epochMs: number | null): string | null =>
  epochMs === null ? null : instant(epochMs);

export const renderRunSummary = (run: RunSummary): RunSummaryBody => ({
  id: run.id,
  name: run.name,
  phase: run.phase,
  reason: run.reason,
  message: run.message,
  labels: run.labels,
  priority: run.priority,
  attempts: run.attempts,
  workerId: run.workerId,
  exitCode: run.exitCode,
  stopping: run.stopping,
  createdAt: instant(run.createdAt),
  startedAt: instantOrNull(run.startedAt),
  finishedAt: instantOrNull(run.finishedAt),
  notBefore: instantOrNull(run.notBefore),
  template: run.template,
  rerunOf: run.rerunOf,
});

export const renderRun = (run: RunDetail): RunBody => ({
  ...renderRunSummary(run),
  submittedBy: run.submittedBy,
  deadlineAt: instantOrNull(run.deadlineAt),
  spec: run.spec,
  parameters: run.parameters,
});

export const renderAttempt = (attempt: AttemptView): AttemptBody => ({
  number: attempt.number,
  executionId: attempt.executionId,
  workerId: attempt.workerId,
  phase: attempt.phase,
  failure: attempt.failure,
  exitCode: attempt.exitCode,
  signal: attempt.signal,
  message: attempt.message,
  assignedAt: instant(attempt.assignedAt),
  startedAt: instantOrNull(attempt.startedAt),
  endedAt: instantOrNull(attempt.endedAt),
  logLastSeq: attempt.logLastSeq,
  decision: attempt.decision,
});

export const renderEvent = (event: RunEvent): EventBody => ({
  seq: event.seq,
  at: instant(event.at),
  type: event.type,
  attempt: event.attempt,
  workerId: event.workerId,
  reason: event.reason,
  message: event.message,
});

export const renderWorker = (worker: WorkerView): WorkerBody => ({
  id: worker.id,
  phase: worker.phase,
  profile: worker.profile,
  cpuMillis: worker.cpuMillis,
  memoryMib: worker.memoryMib,
  labels: worker.labels,
  reason: worker.reason,
  message: worker.message,
  machineId: worker.machineId,
  runId: worker.runId,
  runsTaken: worker.runsTaken,
  createdAt: instant(worker.createdAt),
  readyAt: instantOrNull(worker.readyAt),
  lastHeartbeatAt: instantOrNull(worker.lastHeartbeatAt),
  terminatedAt: instantOrNull(worker.terminatedAt),
});

export const renderKey = (key: ApiKeyView): KeyBody => ({
  id: key.id,
  name: key.name,
  scope: key.scope,
  createdBy: key.createdBy,
  createdAt: instant(key.createdAt),
  expiresAt: instantOrNull(key.expiresAt),
  lastUsedAt: instantOrNull(key.lastUsedAt),
  revokedAt: instantOrNull(key.revokedAt),
});

export const renderCursor = ({ attempt, seq }: LogCursor): string => `${attempt}.${seq}`;

export const renderLogPage = (page: LogPage): LogPageBody => ({
  pieces: page.pieces.map(renderLogPiece),
  next: renderCursor(page.next),
  complete: page.complete,
});

// A byte order mark is output like any other.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

export function renderLogPiece(piece: LogPiece): LogPieceBody {
  return {
    attempt: piece.attempt,
    seq: piece.seq,
    stream: piece.stream,
    at: instant(piece.at),
    text: utf8.decode(piece.data),
    ...(isUtf8(piece.data) ? {} : { data: Buffer.from(piece.data).toString("base64") }),
    ...(piece.truncated === null ? {} : { truncated: piece.truncated }),
    ...(piece.gap === null ? {} : { gap: renderGap(piece.gap) }),
  };
}

/** Where a reader goes on who has this piece. */
export const placeBehind = ({ attempt, seq, gap }: LogPiece): LogCursor =>
  gap === null ? { attempt, seq } : behindGap(gap);

const renderGap = ({ from, to, reason }: Gap): LogGapBody => ({ from, to, reason });

export const renderVerdict = ({ complete, final, attempts }: LogVerdict): LogVerdictBody => ({
  complete,
  final,
  attempts: attempts.map(({ gaps, gapCount, ...verdict }) => ({
    ...verdict,
    gaps: gaps.map(renderGap),
    moreGaps: gapCount - gaps.length,
  })),
});

/** The bytes of a page as the job wrote them; dropped and missing output is one line in its place. */
export function renderLogBytes({ pieces }: LogPage): Uint8Array<ArrayBuffer> {
  const parts = pieces.map(({ data, truncated, gap }) => {
    if (gap !== null) return Buffer.from(`\n[hodei] ${sayGap(gap)}\n`);
    if (truncated === null) return data;
    const { droppedBytes, droppedLines } = truncated;
    const text = `${droppedBytes} bytes (${droppedLines} lines) of output were dropped here`;
    return Buffer.from(`\n[hodei] ${text}\n`);
  });
  return new Uint8Array(Buffer.concat(parts));
}
