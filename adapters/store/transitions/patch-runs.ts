import { defineStatement } from "../sql-client.ts";
import { newAuditEvents } from "./new-audit-events.ts";

/**
 * What may be changed of a waiting run: its priority, and whether it is suspended. Both in one
 * statement, each with an event of its own (PriorityChanged, then Suspended or Resumed). A run that
 * does not wait, and one that is already as asked, does not come back. Locks runs in the order of ids.
 *
 * A priority moves the rank by what it differs: the instant the run became due stays in it. A resumed
 * run is due now, or when its start instant or its backoff says, and takes its place in the queue then,
 * by the rule of a submit; its active deadline starts anew, as that of a resumed Job in Kubernetes.
 * What it waited for besides goes on: its backoff, and the machine of a lost attempt.
 * `doc`: [{runId, priority, suspend}], null = stays as it is.
 */
export const patchRuns = defineStatement(
  "patch-runs",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select * from json_to_recordset(:doc::json) as d("runId" uuid, priority integer, suspend boolean)
  ),
  locked_run as materialized (
    select r.id, r.priority as old_priority, coalesce(x.priority, r.priority) as new_priority,
      coalesce(x.priority <> r.priority, false) as moves,
      coalesce(x.suspend and r.suspended_at is null, false) as suspends,
      coalesce(not x.suspend and r.suspended_at is not null, false) as resumes,
      (r.spec ->> 'startAfter')::timestamptz as start_after,
      (r.spec ->> 'activeDeadlineSeconds')::float8 as deadline_seconds
    from x join hodei.run r on r.id = any(array[x."runId"])
    where r.phase = 'Pending'
    order by x."runId" for update of r
  ),
  moved_run as (
    update hodei.run r set priority = l.new_priority,
      suspended_at = case when l.suspends then t.now when l.resumes then null else r.suspended_at end,
      pending_reason = case when l.suspends then 'Suspended'
        when not l.resumes then r.pending_reason
        when r.blocked_by is not null then 'WaitingForMachineGone'
        when r.not_before <= t.now then 'Queued'
        when r.fence = 0 then 'StartAfter' else 'Backoff' end,
      message = case when l.suspends or l.resumes then null else r.message end,
      deadline_at = case when l.suspends then 'infinity'
        when l.resumes then greatest(t.now, l.start_after) + make_interval(secs => l.deadline_seconds)
        else r.deadline_at end,
      queue_rank = case when l.resumes then greatest(t.now, r.not_before)
          else r.queue_rank + make_interval(secs => l.old_priority * :ageingSeconds::float8) end
        - make_interval(secs => l.new_priority * :ageingSeconds::float8),
      event_seq = r.event_seq + l.moves::integer + (l.suspends or l.resumes)::integer
    from t, locked_run l where r.id = any(array[l.id]) and (l.moves or l.suspends or l.resumes)
    returning r.id, r.event_seq, r.blocked_by, r.not_before, l.moves, l.suspends, l.resumes,
      l.old_priority, l.new_priority
  ),
  new_event as (
    insert into hodei.run_event (run_id, seq, at, type, message)
    select m.id, m.event_seq - (m.suspends or m.resumes)::integer, t.now, 'PriorityChanged',
      format('from %s to %s', m.old_priority, m.new_priority) from moved_run m, t where m.moves
    union all
    select m.id, m.event_seq, t.now, case when m.suspends then 'Suspended' else 'Resumed' end, null
    from moved_run m, t where m.suspends or m.resumes
  ),
  ${newAuditEvents(`select t.now, 'RunPriorityChanged', :actor::text, m.id::text,
      jsonb_build_object('from', m.old_priority, 'to', m.new_priority) from moved_run m, t where m.moves
    union all
    select t.now, case when m.suspends then 'RunSuspended' else 'RunResumed' end, :actor::text, m.id::text, '{}'::jsonb
    from moved_run m, t where m.suspends or m.resumes`)}
  select json_build_object('runId', m.id, 'dueInMs', case when m.resumes and m.blocked_by is null
    then greatest(0, hodei.ms(m.not_before) - hodei.ms(t.now)) end) as doc from moved_run m, t`,
);

export interface PatchRunsRow {
  readonly runId: string;
  /** A resumed run may be placed in so many milliseconds; null = there is nothing new to place. */
  readonly dueInMs: number | null;
}
