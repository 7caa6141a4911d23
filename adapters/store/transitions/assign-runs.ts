import { parametersOf } from "../run-parameters.ts";
import { defineStatement } from "../sql-client.ts";
import { newAuditEvents } from "./new-audit-events.ts";

/**
 * Pending → Assigned and Ready → Busy with a new attempt, for every pair of `doc`
 * `[{runId, fence, workerId, executionId, decision?, affinityKey?}]` whose run is still Pending at that fence and whose
 * worker is still Ready with a living lease and a stream. Pairs that moved meanwhile do not come
 * back (`stale`), nor does a second run for one worker. Locks: runs, then workers, each in id order;
 * rows another placement holds are skipped, because it is placing them. What the worker must be
 * told comes along for pairs whose stream the placing gateway itself holds; others are notified.
 * `actor`: who places by hand, null = no person.
 */
export const assignRuns = defineStatement(
  "assign-runs",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select distinct on ("workerId") * from json_to_recordset(:doc::json)
      as d("runId" uuid, fence bigint, "workerId" uuid, "executionId" uuid, decision json, "affinityKey" text)
  ),
  locked_run as materialized (
    select r.id, x."workerId" as worker_id, x."executionId" as execution_id, x.decision, x."affinityKey" as affinity_key
    from x join hodei.run r on r.id = any(array[x."runId"])
    where r.phase = 'Pending' and r.fence = x.fence and r.verdict_phase is null
      and r.blocked_by is null and r.suspended_at is null
      and r.not_before <= (select now from t)
    order by x."runId" for update of r skip locked
  ),
  locked_worker as materialized (
    select lr.id as run_id, lr.execution_id, lr.decision, coalesce(lr.affinity_key, w.affinity_key) as affinity_key, w.id, w.gateway_id, w.session_epoch as epoch
    from locked_run lr join hodei.worker w on w.id = any(array[lr.worker_id])
    where w.phase = 'Ready' and w.gateway_id is not null and w.lease_expires_at > (select now from t)
      and (w.dedicated_run_id is null or w.dedicated_run_id = lr.id)
    order by lr.worker_id for update of w skip locked
  ),
  moved_run as (
    update hodei.run r set phase = 'Assigned', fence = r.fence + 1, worker_id = w.id,
      pending_reason = null, message = null, event_seq = r.event_seq + 1
    from locked_worker w where r.id = any(array[w.run_id])
    returning r.id, r.fence, r.event_seq, r.name, r.spec, r.parameters, r.deadline_at, w.id as worker_id,
      w.gateway_id, w.epoch, w.execution_id, w.decision, w.affinity_key
  ),
  new_attempt as (
    insert into hodei.attempt (run_id, fence, execution_id, worker_id, decision, assigned_at, accept_deadline_at)
    select m.id, m.fence, m.execution_id, m.worker_id, m.decision, t.now, t.now + hodei.millis(:acceptDeadlineMs::float8)
    from moved_run m, t
  ),
  moved_worker as (
    update hodei.worker w set phase = 'Busy', run_id = m.id, run_fence = m.fence,
      runs_taken = w.runs_taken + 1, affinity_key = m.affinity_key, idle_since = null, reason = null, message = null
    from moved_run m where w.id = any(array[m.worker_id])
  ),
  new_event as (
    insert into hodei.run_event (run_id, seq, at, type, fence, worker_id)
    select m.id, m.event_seq, t.now, 'Assigned', m.fence, m.worker_id from moved_run m, t
  ),
  ${newAuditEvents(`select t.now, 'RunAssignedByHand', :actor::text, m.id::text,
      jsonb_build_object('attempt', m.fence, 'workerId', m.worker_id)
    from moved_run m, t where :actor::text is not null`)}
  select json_build_object('runId', m.id, 'fence', m.fence, 'workerId', m.worker_id,
    'executionId', m.execution_id, 'gatewayId', m.gateway_id,
    'dispatch', case when m.gateway_id = :self::uuid then json_build_object('epoch', m.epoch,
      'name', m.name, 'spec', m.spec, 'parameters', ${parametersOf("m")}, 'deadlineInMs', hodei.ms(m.deadline_at) - hodei.ms(t.now)) end,
    'poked', case when m.gateway_id <> :self::uuid
      then pg_notify('hodei_wake', 'dispatch ' || m.gateway_id)::text is not null else false end) as doc
  from moved_run m, t`,
);

export interface AssignRunsRow {
  readonly runId: string;
  readonly fence: number;
  readonly workerId: string;
  readonly executionId: string;
  readonly gatewayId: string;
  readonly dispatch: {
    readonly epoch: number;
    readonly name: string;
    readonly spec: unknown;
    readonly parameters: unknown;
    readonly deadlineInMs: number;
  } | null;
}
