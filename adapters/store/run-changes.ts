import { actorOf } from "#core/domain/audit/audit-event.ts";
import { limits } from "#core/domain/limits.ts";
import type { CancellableCount, CancelSelection, RunChanges } from "#core/ports/run-changes.ts";
import { countCancellable, readCancellable } from "./reads/cancellable.ts";
import { documentOf } from "./rows.ts";
import type { SqlParameters, Statement } from "./sql-client.ts";
import { type PatchRunsRow, patchRuns } from "./transitions/patch-runs.ts";

type Query = <T>(statement: Statement, parameters: SqlParameters) => Promise<T[]>;

/** The part of the control store that people change runs by. */
export const createRunChanges = (query: Query): RunChanges => ({
  patchRuns: async (patches, by) =>
    patches.length === 0
      ? []
      : query<PatchRunsRow>(patchRuns, {
          doc: documentOf(patches),
          actor: actorOf(by),
          ageingSeconds: limits.priorityAgeingSecondsPerPoint,
        }),
  countCancellable: async (selection, max) => {
    const parameters = { ...selectionOf(selection), limit: max };
    const [row] = await query<CancellableCount>(countCancellable, parameters);
    return row ?? { count: 0, until: 0 };
  },
  cancellableRuns: async (selection, limit) => {
    const parameters = { ...selectionOf(selection), limit };
    return (await query<{ runId: string }>(readCancellable, parameters)).map(({ runId }) => runId);
  },
});

const selectionOf = ({ labels, phases, until }: CancelSelection) => ({
  labels: JSON.stringify(labels),
  pending: phases.includes("Pending"),
  active: JSON.stringify(phases.filter((phase) => phase !== "Pending")),
  until,
});
