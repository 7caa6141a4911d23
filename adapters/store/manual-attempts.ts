import { actorOf } from "#core/domain/audit/audit-event.ts";
import { limits } from "#core/domain/limits.ts";
import type {
  AssignmentView,
  EndedManually,
  ManualAttempts,
  ManualContext,
} from "#core/ports/manual-attempts.ts";
import { readAssignment, readManualAttempt } from "./reads/manual.ts";
import { closingDoc, documentOf } from "./rows.ts";
import type { SqlParameters, Statement } from "./sql-client.ts";
import { type AssignManuallyRow, assignManually } from "./transitions/assign-manually.ts";
import { endManually } from "./transitions/end-manually.ts";
import { noteProgress, startManually } from "./transitions/start-manually.ts";

type Query = <T>(statement: Statement, parameters: SqlParameters) => Promise<T[]>;

/** The part of the control store that the deprecated manual calls are made of. */
export const createManualAttempts = (query: Query): ManualAttempts => ({
  assignManually: async (assignment, by) => {
    const parameters = { ...assignment, actor: actorOf(by) };
    return (await query<AssignManuallyRow>(assignManually, parameters))[0] ?? null;
  },
  startManually: async (executionId, by) => {
    const parameters = { executionId, actor: actorOf(by) };
    return (await query<{ runId: string }>(startManually, parameters))[0] ?? null;
  },
  assignmentView: async (runId, workerId) =>
    (await query<AssignmentView>(readAssignment, { runId, workerId }))[0] ?? null,
  noteProgress: async (executionId, progress) =>
    (await query(noteProgress, { executionId, ...progress })).length === 1,
  endManually: async ({ attemptPhase, end, next, ...guard }, by) => {
    const doc = documentOf([{ ...guard, ...closingDoc({ attemptPhase, end, next }) }]);
    const ageingSeconds = limits.priorityAgeingSecondsPerPoint;
    const parameters = { doc, ageingSeconds, actor: actorOf(by) };
    return (await query<EndedManually>(endManually, parameters))[0] ?? null;
  },
  manualAttempt: async (executionId) =>
    (await query<ManualContext>(readManualAttempt, { executionId }))[0] ?? null,
});
