import { defineStatement } from "../sql-client.ts";

/**
 * The heartbeats a gateway gathered: leases of its workers renewed, attempts they name stamped,
 * Connecting → Ready at the first one. Workers that do not come back belong to another epoch: their
 * streams are closed. `lost` lists named executions that are no longer theirs (an attempt that is
 * Lost but may still hand in its result is not in it).
 * `doc`: [{workerId, epoch, executions: [{executionId, fence}]}].
 */
export const beatWorkers = defineStatement(
  "beat-workers",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select * from json_to_recordset(:doc::json) as d("workerId" uuid, epoch bigint, executions jsonb)
  ),
  named as materialized (
    select x."workerId" as worker_id, (e ->> 'executionId')::uuid as execution_id, (e ->> 'fence')::bigint as fence
    from x, jsonb_array_elements(x.executions) e
  ),
  locked_attempt as materialized (
    select a.run_id, a.fence, a.worker_id from hodei.attempt a join named n on a.execution_id = any(array[n.execution_id])
      and n.fence = a.fence and n.worker_id = a.worker_id
    where a.phase = 'Running' order by n.execution_id for update of a
  ),
  locked_worker as materialized (
    select w.id, w.phase, w.run_id, w.run_fence, x.executions
    from x join hodei.worker w on w.id = any(array[x."workerId"])
    where w.session_epoch = x.epoch and w.phase in ('Connecting', 'Ready', 'Busy', 'Draining', 'Terminating')
      and (select count(*) from locked_attempt) >= 0
    order by x."workerId" for update of w
  ),
  stamped as (
    update hodei.attempt a set reported_at = t.now
    from t, locked_worker lw
    where a.run_id = any(array[lw.run_id]) and a.fence = lw.run_fence and a.worker_id = lw.id and a.phase = 'Running'
      and lw.executions @> jsonb_build_array(jsonb_build_object('executionId', a.execution_id, 'fence', a.fence))
  ),
  renewed as (
    update hodei.worker w set last_heartbeat_at = t.now,
      lease_expires_at = case when lw.phase = 'Terminating' then w.lease_expires_at
        else t.now + hodei.millis(:leaseMs::float8) end,
      phase = case when lw.phase = 'Connecting' then 'Ready' else w.phase end,
      ready_at = coalesce(w.ready_at, t.now),
      idle_since = case when lw.phase = 'Connecting' then t.now else w.idle_since end
    from t, locked_worker lw where w.id = any(array[lw.id])
    returning w.id, w.phase, lw.phase = 'Connecting' as born, lw.executions
  )
  select json_build_object('workerId', w.id, 'phase', w.phase, 'born', w.born, 'lost', coalesce((
      select jsonb_agg(e ->> 'executionId') from jsonb_array_elements(w.executions) e
      left join hodei.attempt a on a.execution_id = any(array[(e ->> 'executionId')::uuid])
        and a.fence = (e ->> 'fence')::bigint and a.worker_id = w.id
      left join hodei.run r on r.id = any(array[a.run_id])
      where not coalesce(a.phase in ('Assigned', 'Running')
        or (a.phase = 'Lost' and r.fence = a.fence and r.finished_at is null), false)), '[]'::jsonb)) as doc
  from renewed w`,
);

export interface BeatWorkersRow {
  readonly workerId: string;
  readonly phase: string;
  /** The first heartbeat: there is a new Ready worker. */
  readonly born: boolean;
  readonly lost: readonly string[];
}
