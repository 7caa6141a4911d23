import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type {
  AttemptView,
  LogPage,
  LogPiece,
  RunCounts,
  RunDetail,
  RunEvent,
  RunReader,
  RunSummary,
  WorkerFilter,
  WorkerView,
} from "#core/ports/run-reader.ts";
import { domainQuery } from "./domain-query.ts";
import { type QueueRow, viewQueue } from "./reads/queue.ts";
import {
  viewAttempts,
  viewEvents,
  viewLogEnd,
  viewLogs,
  viewRun,
  viewRunCounts,
  viewRuns,
  viewWorkers,
} from "./reads/views.ts";
import { createRunPages } from "./run-pages.ts";
import type { SqlClient } from "./sql-client.ts";

/** Rows of one page of logs: bounds the scan; the bytes bound the answer. */
const LOG_ROWS_MAX = 500;
/** After a run is final its worker may still be delivering the last chunks for this long. */
const LOG_SETTLE_MS = 10_000;

const EVERY_WORKER: WorkerFilter = {
  ...{ phases: [], requirements: [], cpuMillisMin: 0, memoryMibMin: 0, heardWithinMs: null },
};

/** Read models over either driver. */
export function createRunReader(sql: SqlClient): RunReader {
  const query = domainQuery(sql);
  return {
    run: async (id) => (await query<RunDetail>(viewRun, { id }))[0] ?? null,
    runs: async ({ phases, labels, limit, cursor }) => {
      const before = parseCursor(cursor);
      const rows = await query<RunSummary & { cursor: string }>(viewRuns, {
        phases: JSON.stringify(phases),
        labels: JSON.stringify(labels),
        beforeAt: before?.at ?? null,
        beforeId: before?.id ?? null,
        limit,
      });
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return {
        runs: rows.map(({ cursor: _place, ...run }) => run),
        next: last ? `${last.cursor}_${last.id}` : null,
      };
    },
    page: createRunPages(query),
    attempts: (runId) => query<AttemptView>(viewAttempts, { id: runId }),
    events: (runId, since, limit) => query<RunEvent>(viewEvents, { id: runId, since, limit }),
    logs: async (runId, after, bytesMax) => {
      // The end is read first: what it calls complete is then surely in the page read after it.
      const [end] = await query<LogEnd>(viewLogEnd, { id: runId });
      const rows = await query<LogRow>(viewLogs, {
        id: runId,
        attempt: after.attempt,
        seq: after.seq,
        rows: LOG_ROWS_MAX,
        bytesMax,
      });
      return logPage(rows, after, end);
    },
    runCounts: async () => {
      const [counts] = await query<RunCounts>(viewRunCounts, {});
      if (!counts) throw new DomainError("Internal", "the runs were not counted");
      return counts;
    },
    workers: (all, limit, filter = EVERY_WORKER) => {
      const { phases, requirements, ...bounds } = filter;
      return query<WorkerView>(viewWorkers, {
        ...{ all, limit, ...bounds, phases: JSON.stringify(phases) },
        requirements: JSON.stringify(requirements),
      });
    },
    queue: async () => {
      const bounds = { max: limits.queueCountMax, newestMax: limits.queueNewestMax };
      const [queue] = await query<QueueRow>(viewQueue, bounds);
      if (!queue) throw new DomainError("Internal", "the queue was not counted");
      return queue;
    },
  };
}

const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{6})_([0-9a-f-]{36})$/;

function parseCursor(cursor: string | null): { at: string; id: string } | null {
  if (cursor === null) return null;
  const [, at, id] = CURSOR.exec(cursor) ?? [];
  if (at && id) return { at, id };
  throw new DomainError("InvalidRequest", "the cursor is not one this API gave", {
    fields: [{ path: "cursor", message: "take it from `next` of the page before" }],
  });
}

interface LogRow {
  readonly attempt: number;
  readonly seq: number;
  readonly stderr: boolean;
  readonly at: number;
  readonly data: string;
  readonly droppedBytes: number | null;
  readonly droppedLines: number | null;
}

interface LogEnd {
  readonly final: boolean;
  readonly fence: number;
  readonly lastSeq: number | null;
  readonly endedAgoMs: number | null;
}

function logPage(rows: LogRow[], after: LogPage["next"], end: LogEnd | undefined): LogPage {
  const last = rows.at(-1);
  const next = last ? { attempt: last.attempt, seq: last.seq } : after;
  return { pieces: rows.map(toPiece), next, complete: isComplete(next, rows.length === 0, end) };
}

/**
 * Final, and either the newest attempt's announced last chunk was read, or nothing more came for a
 * while (its worker was lost and announced none).
 */
function isComplete(next: LogPage["next"], empty: boolean, end: LogEnd | undefined): boolean {
  if (!end?.final) return false;
  if (end.fence === 0) return true;
  if (end.lastSeq !== null && next.attempt === end.fence && next.seq >= end.lastSeq) return true;
  if (end.lastSeq === 0) return empty;
  return empty && (end.endedAgoMs ?? 0) >= LOG_SETTLE_MS;
}

const toPiece = (row: LogRow): LogPiece => ({
  attempt: row.attempt,
  seq: row.seq,
  stream: row.stderr ? "stderr" : "stdout",
  at: row.at,
  data: Buffer.from(row.data, "base64"),
  truncated:
    row.droppedBytes === null
      ? null
      : { droppedBytes: row.droppedBytes, droppedLines: row.droppedLines ?? 0 },
});
