import { defineStatement } from "../sql-client.ts";
import { attemptContext } from "./troubled.ts";

/** An attempt by its execution id, with what the policy needs, and whether it was made by hand. */
export const readManualAttempt = defineStatement(
  "read-manual-attempt",
  `select jsonb_build_object('manual', a.manual, 'ended', a.ended_at is not null, ${attemptContext}) as doc
  from hodei.attempt a join hodei.run r on r.id = any(array[a.run_id])
  where a.execution_id = :executionId::uuid`,
);
