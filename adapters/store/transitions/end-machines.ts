import { defineStatement } from "../sql-client.ts";
import {
  closeAttemptsTail,
  closingColumns,
  closingFields,
  lockedRunColumns,
} from "./close-attempts.ts";

/**
 * The provider says the machine is gone, which is authoritative: the worker is Terminated and a
 * live attempt on it ended. `doc`: [{workerId, reason, detail, runId, fence, expected, …closing
 * fields}] with runId null for a worker that holds nothing; a worker that took or lost an attempt
 * since the look is left for the next one.
 */
export const endMachines = defineStatement(
  "end-machines",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select * from jsonb_to_recordset(:doc::jsonb)
      as d("workerId" uuid, reason text, "runId" uuid, fence bigint, expected text, ${closingFields})
  ),
  locked_run as materialized (
    select x."workerId" as worker_id, x."runId" as run_id, x.fence, ${lockedRunColumns}, x.expected,
      ${closingColumns}
    from x join hodei.run r on r.id = any(array[x."runId"])
    where r.fence = x.fence and r.phase in ('Assigned', 'Running')
    order by x."runId" for update of r
  ),
  locked_attempt as materialized (
    select lr.* from locked_run lr join hodei.attempt a on a.run_id = any(array[lr.run_id]) and a.fence = lr.fence
    where a.phase = lr.expected and a.worker_id = lr.worker_id
    order by lr.run_id for update of a
  ),
  l as materialized (
    select w.id as worker_id, x.reason, x.detail, la.run_id is not null as holds
    from hodei.worker w join x on w.id = any(array[x."workerId"])
    left join locked_attempt la on la.run_id = x."runId" and la.fence = x.fence
    where w.phase <> 'Terminated' and w.run_id is not distinct from x."runId"
      and w.run_fence is not distinct from x.fence and (x."runId" is null or la.run_id is not null)
    order by x."workerId" for update of w
  ),
  closing as (select la.* from locked_attempt la join l on l.holds and l.worker_id = la.worker_id),
  ${closeAttemptsTail([])},
  ended_worker as (
    update hodei.worker w set phase = 'Terminated', run_id = null, run_fence = null,
      ending_at = coalesce(w.ending_at, t.now), terminated_at = t.now,
      reason = case when w.phase in ('Draining', 'Terminating') then coalesce(w.reason, l.reason) else l.reason end,
      message = coalesce(l.detail, w.message), gateway_id = null
    from t, l where w.id = any(array[l.worker_id])
    returning w.id
  )
  select jsonb_build_object('workerId', e.id, 'runId', m.id, 'fence', m.fence, 'phase', m.phase,
    'reason', m.reason, 'waitMs', coalesce(m.wait_ms, 0)) as doc
  from ended_worker e left join moved_run m on m.worker_id = e.id`,
);

export interface EndMachinesRow {
  readonly workerId: string;
  readonly runId: string | null;
  readonly fence: number | null;
  readonly phase: string | null;
  readonly reason: string | null;
  readonly waitMs: number;
}

/** Runs that waited for a machine which is gone now may start, unless they are suspended. */
export const unblockRuns = defineStatement(
  "unblock-runs",
  `with x as materialized (
    select r.id, r.blocked_by from hodei.run r where r.blocked_by is not null
      and coalesce((select w.terminated_at is not null from hodei.worker w where w.id = r.blocked_by), true)
    limit :limit::bigint
  ),
  b as materialized (
    select r.id from x join hodei.run r on r.id = any(array[x.id])
    where r.blocked_by = any(array[x.blocked_by]) order by x.id for update of r
  )
  update hodei.run r set blocked_by = null,
    pending_reason = case when r.suspended_at is null then 'Queued' else r.pending_reason end
  from b where r.id = any(array[b.id]) and r.phase = 'Pending'
  returning jsonb_build_object('runId', r.id) as doc`,
);
