import { defineStatement } from "../sql-client.ts";

/**
 * Whether these attempts count at the instant of the read: the newest of a run that is Running and was not
 * asked to stop, held by the worker that asks. Where it is not the newest stream of its worker that asks,
 * nothing comes back. Locks nothing.
 * `doc`: [{executionId, fence, workerId, epoch, runId?}]; a run id spares a look-up and proves nothing.
 */
export const readFences = defineStatement(
  "read-fences",
  `with x as materialized (
    select coalesce(d."runId", (select a.run_id from hodei.attempt a where a.execution_id = d."executionId")) as run_id, d.*
    from json_to_recordset(:doc::json)
      as d("runId" uuid, "executionId" uuid, fence bigint, "workerId" uuid, epoch bigint)
  )
  select jsonb_build_object('executionId', x."executionId", 'current', a.execution_id is not null) as doc
  from x join hodei.worker w on w.id = any(array[x."workerId"]) and w.session_epoch = x.epoch
  left join hodei.run r on r.id = any(array[x.run_id]) and r.fence = x.fence
    and r.phase = 'Running' and r.verdict_phase is null
  left join hodei.attempt a on a.run_id = any(array[r.id]) and a.fence = r.fence and a.phase = 'Running'
    and a.execution_id = any(array[x."executionId"]) and a.worker_id = any(array[x."workerId"])`,
);
