import { defineStatement } from "../sql-client.ts";
import {
  closeAttemptsTail,
  closingColumns,
  closingFields,
  lockedRunColumns,
} from "./close-attempts.ts";
import { newAuditEvents } from "./new-audit-events.ts";

/**
 * The end of a manual attempt that was started, as its caller says and the policy decided: the run is
 * finished, or Pending again for a worker of this install. Never an attempt that a worker has, nor one
 * that is not the newest of its run. Locks: run, then attempt.
 * `doc`: [{executionId, runId, …closing fields}].
 */
export const endManually = defineStatement(
  "end-manually",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select * from jsonb_to_recordset(:doc::jsonb)
      as d("executionId" uuid, "runId" uuid, ${closingFields})
  ),
  locked_run as materialized (
    select r.id as run_id, r.fence, ${lockedRunColumns}, x."executionId" as execution_id, ${closingColumns}
    from x join hodei.run r on r.id = any(array[x."runId"])
    where r.phase = 'Running'
    order by x."runId" for update of r
  ),
  closing as materialized (
    select lr.*, a.worker_id from locked_run lr join hodei.attempt a on a.run_id = any(array[lr.run_id]) and a.fence = lr.fence
      and a.execution_id = any(array[lr.execution_id])
    where a.manual and a.phase = 'Running'
    order by lr.run_id for update of a
  ),
  ${closeAttemptsTail([])},
  ${newAuditEvents(`select t.now, 'RunEndedByHand', :actor::text, m.id::text,
      jsonb_build_object('attempt', m.fence, 'workerId', m.worker_id, 'outcome', m.attempt_phase)
    from moved_run m, t`)}
  select json_build_object('runId', m.id, 'phase', m.phase, 'reason', m.reason, 'waitMs', m.wait_ms) as doc
  from moved_run m`,
);
