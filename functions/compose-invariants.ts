import { createInvariantReader } from "#adapters/store/invariant-reader.ts";
import type { SqlClient } from "#adapters/store/sql-client.ts";
import { surveyInvariants } from "#core/application/survey-invariants.ts";
import type { Timings } from "#core/domain/timings.ts";
import type { InvariantReader } from "#core/ports/invariant-reader.ts";

/** Loaded when somebody asks: its statements are large, and no start needs them. */
export function composeInvariants(sql: SqlClient, timings: Timings): InvariantReader {
  const reader = createInvariantReader(sql, timings);
  return { ...reader, survey: surveyInvariants(reader) };
}
