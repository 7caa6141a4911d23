import { limits } from "#core/domain/limits.ts";
import type { SchedulerStore } from "#core/ports/scheduler-store.ts";
import { toDomainError } from "./control-store.ts";
import { type ExplanationRow, readExplanation } from "./reads/explanation.ts";
import type { SqlClient, SqlParameters, Statement } from "./sql-client.ts";

/** What people ask and say about scheduling, over either driver. */
export function createSchedulerStore(sql: SqlClient): SchedulerStore {
  const query = async <T>(statement: Statement, parameters: SqlParameters): Promise<T[]> => {
    try {
      return await sql.query<T>(statement, parameters);
    } catch (error) {
      throw toDomainError(error);
    }
  };
  return {
    runContext: async (runId) => {
      const rows = await query<ExplanationRow>(readExplanation, {
        runId,
        gatewayDeadMs: limits.gatewayDeadMs,
        shapesMax: limits.explainShapesMax,
        aheadMax: limits.explainAheadMax,
        workersMax: limits.explainWorkersMax,
        kindsMax: limits.explainKindsMax,
      });
      const mine = rows.flatMap(({ run }) => run ?? [])[0];
      if (!mine) return null;
      const { now, position, fleetIsCut, ...run } = mine;
      const kinds = rows.flatMap(({ kind }) => kind ?? []);
      const loads = rows.flatMap(({ load }) => load ?? []);
      return { now, run, position, kinds, fleetIsCut, loads };
    },
  };
}
