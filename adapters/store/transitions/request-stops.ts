import { defineStatement } from "../sql-client.ts";
import { newAuditEvents } from "./new-audit-events.ts";

/**
 * Stores the verdict of runs that must stop (cancel, deadline). A waiting run, and one whose
 * attempt was not accepted yet, is final at once (user code has provably not started); a running
 * one keeps its verdict, its worker is told to stop, and whatever ends the attempt makes it final.
 *
 * An attempt that was made by hand has no worker that could be told: it ends at once as well.
 *
 * A run whose attempt was made after this statement's snapshot does not come back (`stale`): the
 * lock shows it Assigned, the attempt cannot be seen yet; the caller asks again.
 * `doc`: [{runId, rule: "cancel" | "deadline", phase, reason, message, actor}]; `actor`: who
 * cancels, null = no person.
 */
export const requestStops = defineStatement(
  "request-stops",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select * from jsonb_to_recordset(:doc::jsonb)
      as d("runId" uuid, rule text, phase text, reason text, message text, actor text)
  ),
  locked_run as materialized (
    select r.id, r.phase, r.fence, x.phase as final_phase, x.reason, x.message,
      x.actor
    from hodei.run r join x on r.id = any(array[x."runId"])
    where r.finished_at is null and r.verdict_phase is null
      and (x.rule <> 'deadline' or r.deadline_at <= (select now from t))
    order by x."runId" for update of r
  ),
  locked_attempt as materialized (
    select a.run_id, a.fence, a.worker_id, a.phase, a.manual from hodei.attempt a
    join locked_run lr on a.run_id = any(array[lr.id]) and lr.fence = a.fence
    where a.phase in ('Assigned', 'Running')
    order by lr.id for update of a
  ),
  locked_worker as materialized (
    select w.id, w.gateway_id, la.run_id from hodei.worker w join locked_attempt la on w.id = any(array[la.worker_id])
    order by la.worker_id for update of w
  ),
  decided as materialized (
    select lr.id, lr.fence, lr.final_phase, lr.reason, lr.message, lr.actor, la.worker_id, lw.gateway_id,
      coalesce(la.phase <> 'Running' or la.manual, true) as at_once,
      la.phase = 'Assigned' or la.manual as returned
    from locked_run lr left join locked_attempt la on la.run_id = lr.id
    left join locked_worker lw on lw.run_id = lr.id
    where (lr.phase = 'Pending') = (la.run_id is null)
  ),
  ended_attempt as (
    update hodei.attempt a set phase = 'Stopped', failure = 'stopped', message = d.message, ended_at = t.now
    from t, decided d where d.returned and a.run_id = any(array[d.id]) and a.fence = d.fence
  ),
  moved_run as (
    update hodei.run r set verdict_phase = d.final_phase, verdict_reason = d.reason, verdict_message = d.message,
      verdict_at = t.now, message = d.message,
      phase = case when d.at_once then d.final_phase else r.phase end,
      reason = case when d.at_once then d.reason end,
      pending_reason = null, blocked_by = null, suspended_at = null,
      finished_at = case when d.at_once then t.now end,
      expires_at = case when d.at_once then t.now + hodei.millis(r.ttl_ms) end,
      event_seq = r.event_seq + case when d.at_once then 2 else 1 end
    from t, decided d where r.id = any(array[d.id])
    returning r.id, r.fence, r.event_seq, d.at_once, d.reason, d.message, d.actor, d.worker_id, d.gateway_id
  ),
  released as (
    update hodei.worker w set run_id = null, run_fence = null, idle_since = t.now,
      phase = case when w.phase = 'Busy' and w.dedicated_run_id is null then 'Ready'
        when w.phase = 'Busy' then 'Draining' else w.phase end
    from t, decided d where d.returned and w.id = any(array[d.worker_id]) and w.run_id = d.id
  ),
  new_event as (
    insert into hodei.run_event (run_id, seq, at, type, fence, worker_id, reason, message)
    select m.id, m.event_seq - case when m.at_once then 1 else 0 end, t.now, 'StopRequested',
      nullif(m.fence, 0), m.worker_id, m.reason, m.message from moved_run m, t
    union all
    select m.id, m.event_seq, t.now, 'Finished', nullif(m.fence, 0), m.worker_id, m.reason, m.message
    from moved_run m, t where m.at_once
  ),
  ${newAuditEvents(`select t.now, 'RunCancelRequested', m.actor, m.id::text, jsonb_build_object('reason', m.message)
    from moved_run m, t where m.actor is not null`)}
  select jsonb_build_object('runId', m.id, 'finished', m.at_once, 'gatewayId', m.gateway_id,
    'poked', case when m.gateway_id is not null
      then pg_notify('hodei_wake', 'dispatch ' || m.gateway_id)::text is not null else false end) as doc
  from moved_run m`,
);

export interface RequestStopsRow {
  readonly runId: string;
  /** true: final now. false: its attempt is being stopped. */
  readonly finished: boolean;
  readonly gatewayId: string | null;
}
