import { limits } from "#core/domain/limits.ts";
import type { InsertedRun } from "#core/ports/control-store.ts";
import type { NewTemplateRun } from "#core/ports/template-store.ts";
import type { DomainQuery } from "./domain-query.ts";
import { documentOf, insertedRuns, newTemplateRunDoc } from "./rows.ts";
import type { Statement } from "./sql-client.ts";
import type { InsertRunsRow } from "./transitions/new-runs.ts";

/** Stores a run of a template by one of the statements that do, `more` beside it in the document. */
export async function insertNumbered(
  query: DomainQuery,
  statement: Statement,
  run: NewTemplateRun,
  more: object,
): Promise<InsertedRun & { number: number | null }> {
  const rows = await query<InsertRunsRow & { number?: number }>(statement, {
    doc: documentOf([{ ...newTemplateRunDoc(run), ...more }]),
    ageingSeconds: limits.priorityAgeingSecondsPerPoint,
    gatewayDeadMs: limits.gatewayDeadMs,
    pendingMax: limits.pendingRunsMax,
  });
  const [inserted] = insertedRuns(
    [run],
    rows.map(({ number: _number, ...row }) => row),
  );
  const number = rows.find(({ id }) => id === run.id)?.number ?? null;
  return { ...(inserted ?? { id: run.id, stored: null, full: false, poked: false }), number };
}
