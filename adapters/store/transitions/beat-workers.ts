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
    select * from jsonb_to_recordset(:doc::jsonb) as d("workerId" uuid, epoch bigint, executions jsonb)
  ),
  named as materialized (
    select x."workerId" as worker_id, (e ->> 'executionId')::uuid as execution_id, (e ->> 'fence')::bigint as fence
    from x, jsonb_array_elements(x.executions) e
  ),
  locked_attempt as materialized (
    select a.run_id, a.fence, a.worker_id from hodei.attempt a join named n on n.execution_id = a.execution_id
      and n.fence = a.fence and n.worker_id = a.worker_id
    where a.phase = 'Running' order by a.run_id for update of a
  ),
  locked_worker as materialized (
    select w.id, w.phase from hodei.worker w join x on x."workerId" = w.id
    where w.session_epoch = x.epoch and w.phase in ('Connecting', 'Ready', 'Busy', 'Draining', 'Terminating')
      and (select count(*) from locked_attempt) >= 0
    order by w.id for update of w
  ),
  stamped as (
    update hodei.attempt a set reported_at = t.now
    from t, locked_attempt la join locked_worker lw on lw.id = la.worker_id
    where a.run_id = la.run_id and a.fence = la.fence
  ),
  renewed as (
    update hodei.worker w set last_heartbeat_at = t.now,
      lease_expires_at = case when lw.phase = 'Terminating' then w.lease_expires_at
        else t.now + hodei.millis(:leaseMs::float8) end,
      phase = case when lw.phase = 'Connecting' then 'Ready' else w.phase end,
      ready_at = coalesce(w.ready_at, t.now),
      idle_since = case when lw.phase = 'Connecting' then t.now else w.idle_since end
    from t, locked_worker lw where w.id = lw.id
    returning w.id, w.phase, lw.phase = 'Connecting' as born
  )
  select jsonb_build_object('workerId', w.id, 'phase', w.phase, 'born', w.born, 'lost', coalesce((
      select jsonb_agg(n.execution_id) from named n
      left join hodei.attempt a on a.execution_id = n.execution_id and a.fence = n.fence and a.worker_id = n.worker_id
      left join hodei.run r on r.id = a.run_id
      where n.worker_id = w.id and not coalesce(a.phase in ('Assigned', 'Running')
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
