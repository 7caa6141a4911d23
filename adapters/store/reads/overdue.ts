import { defineStatement } from "../sql-client.ts";

/**
 * Clocks that ran out more than `late` ms ago, and nobody did what they are for: the tick does not run, or
 * does not get through. core/domain/invariants.ts says each in words. It reads what is open, by the indexes
 * that the tick itself uses, and each list ends at `max`.
 *
 * While nobody may be declared lost (all gateways were silent), leases are not overdue.
 */
export const readOverdue = defineStatement(
  "read-overdue",
  `with t as materialized (
    select c.now, c.now - hodei.millis(:late::float8) as late, hodei.loss_allowed(c.now - hodei.millis(:late::float8))
      and hodei.loss_allowed(c.now) as may_lose
    from (select hodei.clock() as now) c
  ),
  live as materialized (
    select a.run_id, a.fence, a.phase, a.accept_deadline_at, a.timeout_at, a.manual
    from hodei.attempt a where a.ended_at is null limit :max::bigint
  ),
  worker as materialized (
    select w.* from hodei.worker w where w.terminated_at is null order by w.id limit :max::bigint
  ),
  overdue(invariant, id, since) as (
    (select 'deadline-is-kept', r.id, r.deadline_at from hodei.run r
      where r.pending_reason is not null and r.verdict_phase is null and r.deadline_at < (select late from t)
      order by r.deadline_at limit :max::bigint)
    union all
    select 'deadline-is-kept', r.id, r.deadline_at
    from t, live a join hodei.run r on r.id = any(array[a.run_id])
    where r.verdict_phase is null and r.finished_at is null and r.deadline_at < t.late
    union all
    select 'stop-is-carried-out', r.id, r.verdict_at + hodei.millis(r.grace_ms + :stopMarginMs::bigint)
    from t, live a join hodei.run r on r.id = any(array[a.run_id])
    where not a.manual and r.verdict_at + hodei.millis(r.grace_ms + :stopMarginMs::bigint) < t.late
    union all
    select 'command-is-accepted-or-returned', a.run_id, a.accept_deadline_at
    from t, live a where not a.manual and a.phase = 'Assigned' and a.accept_deadline_at < t.late
    union all
    select 'attempt-timeout-is-kept', a.run_id, a.timeout_at from t, live a where a.timeout_at < t.late
    union all
    select 'blocked-run-is-freed', r.id, w.terminated_at
    from t, (select * from hodei.run r where r.blocked_by is not null limit :max::bigint) r
    join hodei.worker w on w.id = any(array[r.blocked_by]) where w.terminated_at < t.late
    union all
    select 'lost-worker-leaves', w.id, w.lease_expires_at from t, worker w
    where w.phase in ('Connecting', 'Ready', 'Busy', 'Draining') and t.may_lose and w.lease_expires_at < t.late
    union all
    select 'machine-registers', w.id, w.register_deadline_at
    from t, worker w where w.phase = 'Creating' and w.register_deadline_at < t.late
    union all
    select 'worker-connects', w.id, w.connect_deadline_at
    from t, worker w where w.phase = 'Connecting' and t.may_lose and w.connect_deadline_at < t.late
    union all
    select 'launch-is-given-up', w.id, w.first_launch_at + hodei.millis(:giveUpMs::float8)
    from t, worker w where w.phase = 'Creating' and w.external_id is null
      and w.first_launch_at + hodei.millis(:giveUpMs::float8) < t.late
    union all
    select 'machine-goes', w.id, w.ending_at + hodei.millis(:goneMs::float8)
    from t, worker w where w.phase = 'Terminating' and w.ending_at + hodei.millis(:goneMs::float8) < t.late
  ),
  ranked as (
    select o.*, row_number() over (partition by o.invariant order by o.since, o.id) as place from overdue o
  )
  select jsonb_build_object('invariant', q.invariant, 'violations', count(*),
    'first', jsonb_agg(jsonb_build_object('id', q.id,
        'detail', format('overdue for %s s', round(extract(epoch from (select now from t) - q.since))))
      order by q.since, q.id) filter (where q.place <= :shown::bigint)) as doc
  from ranked q group by q.invariant`,
);
