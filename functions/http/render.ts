/** Domain views → the JSON of the API. The only place that turns epoch milliseconds into text. */
import { isUtf8 } from "node:buffer";
import type {
  AttemptBody,
  EventBody,
  KeyBody,
  LogPageBody,
  LogPieceBody,
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
  RunDetail,
  RunEvent,
  RunSummary,
  WorkerView,
} from "#core/ports/run-reader.ts";

export const instant = (epochMs: number): string => new Date(epochMs).toISOString();
export const instantOrNull = (epochMs: number | null): string | null =>
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
  schedule:
    run.schedule === null
      ? null
      : { ...run.schedule, scheduledFor: instantOrNull(run.schedule.scheduledFor) },
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

function renderLogPiece(piece: LogPiece): LogPieceBody {
  return {
    attempt: piece.attempt,
    seq: piece.seq,
    stream: piece.stream,
    at: instant(piece.at),
    text: utf8.decode(piece.data),
    ...(isUtf8(piece.data) ? {} : { data: Buffer.from(piece.data).toString("base64") }),
    ...(piece.truncated === null ? {} : { truncated: piece.truncated }),
  };
}

/** The bytes of a page as the job wrote them; dropped output is one line in its place. */
export function renderLogBytes({ pieces }: LogPage): Uint8Array<ArrayBuffer> {
  const parts = pieces.map(({ data, truncated }) =>
    truncated === null
      ? data
      : Buffer.from(
          `\n[hodei] ${truncated.droppedBytes} bytes (${truncated.droppedLines} lines) of output were dropped here\n`,
        ),
  );
  return new Uint8Array(Buffer.concat(parts));
}
