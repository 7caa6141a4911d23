import { defineStatement } from "../sql-client.ts";
import { newAuditEvents } from "./new-audit-events.ts";

/**
 * Pending → Assigned without a worker of this install: the caller says that a worker of its own has the
 * run. A placement like any other, with the same guards on the run's row, a raised fence and an attempt,
 * which is marked `manual`. Nothing comes back (`stale`) when the run is not due, when the worker is one
 * of this install, whose runs are placed by leases, or when it has another run already. Its accept
 * deadline is the run's: only that one watches over it.
 */
export const assignManually = defineStatement(
  "assign-manually",
  `with t as materialized (select hodei.clock() as now),
  locked_run as materialized (
    select r.id, r.fence + 1 as fence, r.deadline_at from hodei.run r
    where r.id = :runId::uuid and r.phase = 'Pending' and r.verdict_phase is null
      and r.blocked_by is null and r.suspended_at is null and r.not_before <= (select now from t)
      and (select w.id from hodei.worker w where w.id = :workerId::uuid) is null
      and (select a.run_id from hodei.attempt a where a.worker_id = :workerId::uuid and a.ended_at is null limit 1) is null
    for update of r
  ),
  new_attempt as (
    insert into hodei.attempt (run_id, fence, execution_id, worker_id, manual, assigned_at, accept_deadline_at)
    select l.id, l.fence, :executionId::uuid, :workerId::uuid, true, t.now, l.deadline_at from locked_run l, t
    on conflict do nothing -- the same worker was given another run at this moment
    returning run_id, fence, worker_id, execution_id
  ),
  moved_run as (
    update hodei.run r set phase = 'Assigned', fence = a.fence, worker_id = a.worker_id,
      pending_reason = null, message = null, event_seq = r.event_seq + 1
    from new_attempt a where r.id = any(array[a.run_id])
    returning r.id, r.fence, r.event_seq, a.worker_id, a.execution_id
  ),
  new_event as (
    insert into hodei.run_event (run_id, seq, at, type, fence, worker_id, reason)
    select m.id, m.event_seq, t.now, 'Assigned', m.fence, m.worker_id, 'Manual' from moved_run m, t
  ),
  ${newAuditEvents(`select t.now, 'RunAssignedByHand', :actor::text, m.id::text,
      jsonb_build_object('attempt', m.fence, 'workerId', m.worker_id) from moved_run m, t`)}
  select json_build_object('runId', m.id, 'fence', m.fence, 'executionId', m.execution_id) as doc
  from moved_run m`,
);

export interface AssignManuallyRow {
  readonly runId: string;
  readonly fence: number;
  readonly executionId: string;
}
