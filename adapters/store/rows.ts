import type { ReadyWorker } from "#core/domain/reconcile/snapshot.ts";
import { schedulerConfig } from "#core/domain/scheduling/scheduler-config.ts";
import type {
  Closing,
  InsertedRun,
  LogRecord,
  NewRun,
  PlacementView,
  StoredRun,
  SubmittingGateway,
} from "#core/ports/control-store.ts";
import type { NewTemplateRun } from "#core/ports/template-store.ts";
import type { OfferedWorker, PlacementRow } from "./reads/placement.ts";
import type { ClosingDoc } from "./transitions/close-attempts.ts";
import type { InsertRunsRow } from "./transitions/new-runs.ts";

/** New runs as the insert statement reads them, each with the worker that is proposed for it. */
export function newRunDocs(runs: readonly NewRun[], by: SubmittingGateway | undefined): object[] {
  const proposals = new Map(by?.proposals.map(({ runId, ...worker }) => [runId, worker]));
  return runs.map((run) => ({ ...newRunDoc(run), ...proposals.get(run.id) }));
}

function newRunDoc({ spec, ...run }: NewRun) {
  return {
    ...run,
    name: spec.name,
    spec,
    labels: spec.labels,
    priority: spec.priority,
    startAfter: spec.startAfter,
    suspend: spec.suspend,
    deadlineMs: spec.activeDeadlineSeconds * 1000,
    attemptTimeoutMs:
      spec.attemptTimeoutSeconds === null ? null : Math.ceil(spec.attemptTimeoutSeconds * 1000),
    graceMs: spec.terminationGracePeriodSeconds * 1000,
    ttlMs: spec.ttlSecondsAfterFinished === null ? null : spec.ttlSecondsAfterFinished * 1000,
  };
}

/** A new run with what it has of its template; without secrets there is no row for them. */
export const newTemplateRunDoc = ({ secrets, ...run }: NewTemplateRun): object => ({
  ...newRunDoc(run),
  secrets: Object.keys(secrets).length === 0 ? null : secrets,
});

/** What the policy decided, flat, as every closing statement reads it. */
export function closingDoc({ attemptPhase, end, next }: Closing): Partial<ClosingDoc> {
  return {
    attemptPhase,
    failure: end.failure,
    exitCode: end.exitCode,
    signal: end.signal,
    detail: end.detail,
    nextPhase: next.phase,
    nextReason: next.phase === "Pending" ? null : next.reason,
    nextMessage: next.phase === "Failed" ? next.message : null,
    waitMs: next.phase === "Pending" ? next.waitMs : 0,
    blockUntilGone: next.phase === "Pending" && next.blockUntilGone,
  };
}

/** Answers in the order of the runs, whatever came back. */
export function insertedRuns(
  runs: readonly NewRun[],
  rows: readonly InsertRunsRow[],
): InsertedRun[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const full = rows.some((row) => row.full);
  return runs.map(({ id }) => {
    const { id: _id, poked = false, ...stored } = byId.get(id) ?? {};
    return { id, stored: "createdAt" in stored ? (stored as StoredRun) : null, full, poked };
  });
}

/** One json document; fields that are null are left out: to read them costs as much as values. */
export const documentOf = (items: readonly object[]): string =>
  JSON.stringify(items.map(withoutNulls));

function withoutNulls(item: object): object {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(item)) if (value !== null) kept[key] = value;
  return kept;
}

/** Workers of one offer share it: the same objects, one worker each. One that is named twice is one. */
export function placementView(rows: readonly PlacementRow[]): PlacementView {
  const seen = new Set<string>();
  const configured = rows.find(({ scheduler }) => scheduler)?.scheduler;
  return {
    ...(configured !== undefined && { strategy: schedulerConfig(configured).strategy }),
    queue: rows.flatMap(({ shape: queued }) => {
      if (!queued) return [];
      const { served: _hint, ...shape } = queued;
      return shape;
    }),
    workers: rows.flatMap(({ offer }) => {
      if (!offer) return [];
      const { workers, ...offered } = offer;
      return workers.flatMap((worker) => {
        const one = offeredWorker(worker);
        if (seen.has(one.id)) return [];
        seen.add(one.id);
        return { ...one, ...offered };
      });
    }),
  };
}

export function offeredWorker(worker: OfferedWorker): Pick<ReadyWorker, "id" | "use"> {
  if (typeof worker === "string") return { id: worker };
  const [id, idleSince, runsTaken, affinityKey] = worker;
  return { id, use: { idleSince, runsTaken, affinityKey } };
}

export function logDoc({ data, ...record }: LogRecord) {
  return { ...record, data: Buffer.from(data).toString("base64") };
}
