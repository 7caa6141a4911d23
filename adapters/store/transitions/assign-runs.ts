import { defineStatement } from "../sql-client.ts";

/**
 * Pending → Assigned and Ready → Busy with a new attempt, for every pair of `doc`
 * `[{runId, fence, workerId, executionId}]` whose run is still Pending at that fence and whose
 * worker is still Ready with a living lease and a stream. Pairs that moved meanwhile do not come
 * back (`stale`), nor does a second run for one worker. Locks: runs, then workers, each in id order;
 * rows another placement holds are skipped, because it is placing them.
 */
export const assignRuns = defineStatement(
  "assign-runs",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select distinct on ("workerId") * from jsonb_to_recordset(:doc::jsonb)
      as d("runId" uuid, fence bigint, "workerId" uuid, "executionId" uuid)
  ),
  locked_run as materialized (
    select r.id, r.fence from hodei.run r join x on x."runId" = r.id
    where r.phase = 'Pending' and r.fence = x.fence and r.verdict_phase is null
      and r.blocked_by is null and r.not_before <= (select now from t)
    order by r.id for update of r skip locked
  ),
  locked_worker as materialized (
    select w.id, w.gateway_id, x."runId" as run_id, x."executionId" as execution_id
    from hodei.worker w join x on x."workerId" = w.id join locked_run lr on lr.id = x."runId"
    where w.phase = 'Ready' and w.gateway_id is not null and w.lease_expires_at > (select now from t)
      and (w.dedicated_run_id is null or w.dedicated_run_id = x."runId")
    order by w.id for update of w skip locked
  ),
  moved_run as (
    update hodei.run r set phase = 'Assigned', fence = r.fence + 1, worker_id = w.id,
      pending_reason = null, message = null, event_seq = r.event_seq + 1
    from locked_worker w where r.id = w.run_id
    returning r.id, r.fence, r.event_seq, w.id as worker_id, w.gateway_id, w.execution_id
  ),
  new_attempt as (
    insert into hodei.attempt (run_id, fence, execution_id, worker_id, assigned_at, accept_deadline_at)
    select m.id, m.fence, m.execution_id, m.worker_id, t.now, t.now + hodei.millis(:acceptDeadlineMs::float8)
    from moved_run m, t
  ),
  moved_worker as (
    update hodei.worker w set phase = 'Busy', run_id = m.id, run_fence = m.fence,
      runs_taken = w.runs_taken + 1, idle_since = null, reason = null, message = null
    from moved_run m where w.id = m.worker_id
  ),
  new_event as (
    insert into hodei.run_event (run_id, seq, at, type, fence, worker_id)
    select m.id, m.event_seq, t.now, 'Assigned', m.fence, m.worker_id from moved_run m, t
  )
  select jsonb_build_object('runId', m.id, 'fence', m.fence, 'workerId', m.worker_id,
    'executionId', m.execution_id, 'gatewayId', m.gateway_id,
    'poked', case when m.gateway_id::text <> :self::text
      then pg_notify('hodei_wake', 'dispatch ' || m.gateway_id)::text is not null else false end) as doc
  from moved_run m`,
);

export interface AssignRunsRow {
  readonly runId: string;
  readonly fence: number;
  readonly workerId: string;
  readonly executionId: string;
  readonly gatewayId: string;
}
