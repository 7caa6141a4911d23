import { defineStatement } from "../sql-client.ts";

/** What the retry policy needs of an attempt `a` of a run `r`. */
export const attemptContext = `'runId', a.run_id, 'fence', a.fence, 'workerId', a.worker_id,
    'executionId', a.execution_id, 'phase', a.phase,
    'policy', jsonb_build_object('backoffLimit', r.spec -> 'backoffLimit', 'backoff', r.spec -> 'backoff',
      'infrastructureLimit', r.spec -> 'infrastructureLimit', 'replacement', r.spec -> 'replacement'),
    'history', (select jsonb_build_object(
        'charged', count(*) filter (where p.failure in ('app', 'oom', 'timeout')),
        'workerLost', count(*) filter (where p.failure = 'worker-lost'),
        'returned', count(*) filter (where p.failure = 'dispatch'))
      from hodei.attempt p where p.run_id = a.run_id and p.fence < a.fence)`;

/**
 * Live attempts that something is wrong with, each with the first rule that holds and what the
 * pure policy needs. Budgets are counted here, from rows: attempts before the newest never change
 * again, so the count stays true for its fence.
 */
export const readTroubledAttempts = defineStatement(
  "read-troubled-attempts",
  `with t as materialized (select hodei.clock() as now),
  control as materialized (select hodei.loss_allowed(t.now) as lost_allowed from t),
  live as materialized (
    select a.run_id, a.fence, case
        when control.lost_allowed and w.lease_expires_at <= t.now then 'lease-over'
        when a.phase = 'Assigned' and a.accept_deadline_at <= t.now then 'not-accepted'
        when r.verdict_at + hodei.millis(r.grace_ms + :stopMarginMs::bigint) <= t.now then 'stop-overdue'
        when a.timeout_at <= t.now then 'attempt-overdue'
        when control.lost_allowed and a.phase = 'Running'
          and a.reported_at < t.now - hodei.millis(:reportedLimitMs::float8) then 'unreported'
      end as rule
    from hodei.attempt a join hodei.run r on r.id = any(array[a.run_id])
    join hodei.worker w on w.id = any(array[a.worker_id]) and w.run_id = any(array[a.run_id])
      and w.run_fence = a.fence, t, control
    where a.ended_at is null
  ),
  troubled as materialized (select * from live where rule is not null order by run_id limit :limit::bigint)
  select jsonb_build_object('rule', q.rule, ${attemptContext}) as doc
  from troubled q join hodei.attempt a on a.run_id = any(array[q.run_id]) and a.fence = q.fence
  join hodei.run r on r.id = any(array[q.run_id])`,
);

/** The same context for attempts named by execution id (`doc`: [{executionId}]). */
export const readAttemptContexts = defineStatement(
  "read-attempt-contexts",
  `select jsonb_build_object('rule', null, ${attemptContext}) as doc
  from jsonb_to_recordset(:doc::jsonb) as x("executionId" uuid)
  join hodei.attempt a on a.execution_id = any(array[x."executionId"]) join hodei.run r on r.id = any(array[a.run_id])`,
);

/** The same context for the live attempts that workers hold (`doc`: [{workerId}]). */
export const readHeldAttempts = defineStatement(
  "read-held-attempts",
  `select jsonb_build_object('rule', null, ${attemptContext}) as doc
  from jsonb_to_recordset(:doc::jsonb) as x("workerId" uuid)
  join hodei.worker w on w.id = any(array[x."workerId"])
  join hodei.attempt a on a.run_id = any(array[w.run_id]) and a.fence = w.run_fence and a.phase in ('Assigned', 'Running')
  join hodei.run r on r.id = any(array[a.run_id])`,
);

/**
 * Runs past their active deadline without a verdict yet: waiting ones by the index of their
 * deadlines, the others by their live attempts, of which there are as many as busy workers.
 */
export const readOverdueRuns = defineStatement(
  "read-overdue-runs",
  `with t as materialized (select hodei.clock() as now),
  waiting as (
    select r.id, r.deadline_at from hodei.run r
    where r.pending_reason is not null and r.deadline_at <= (select now from t) and r.verdict_phase is null
    order by r.deadline_at limit :limit::bigint
  ),
  busy as (
    select r.id, r.deadline_at from hodei.attempt a join hodei.run r on r.id = any(array[a.run_id])
    where a.ended_at is null and r.finished_at is null and r.deadline_at <= (select now from t)
      and r.verdict_phase is null
  )
  select jsonb_build_object('runId', q.id) as doc
  from (select * from waiting union all select * from busy) q
  order by q.deadline_at limit :limit::bigint`,
);
