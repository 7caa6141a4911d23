import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type {
  AttemptView,
  RunCounts,
  RunDetail,
  RunEvent,
  RunReader,
  RunSummary,
  WorkerFilter,
  WorkerView,
} from "#core/ports/run-reader.ts";
import { domainQuery } from "./domain-query.ts";
import { createLogReader } from "./log-reader.ts";
import { type QueueRow, viewQueue } from "./reads/queue.ts";
import {
  viewAttempts,
  viewEvents,
  viewRun,
  viewRunCounts,
  viewRuns,
  viewWorkers,
} from "./reads/views.ts";
import { createRunPages } from "./run-pages.ts";
import type { SqlClient } from "./sql-client.ts";

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
    ...createLogReader(query),
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
