import { defineStatement } from "../sql-client.ts";

/**
 * Assigned → Running: the accept gate. Only after this committed may user code start. The run row
 * is locked first and its fence compared on the locked row, then attempt, then worker, whose epoch
 * fences gateways that lost the stream. A repeat for an attempt already Running comes back as well
 * (`again: true`): the answer was lost, the worker waits for it.
 * `doc`: [{executionId, fence, workerId, epoch, runId?}]; a run id spares a look-up and proves nothing.
 */
export const acceptAttempts = defineStatement(
  "accept-attempts",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select coalesce(d."runId", (select a.run_id from hodei.attempt a where a.execution_id = d."executionId")) as run_id, d.*
    from json_to_recordset(:doc::json)
      as d("runId" uuid, "executionId" uuid, fence bigint, "workerId" uuid, epoch bigint)
  ),
  locked_run as materialized (
    select r.id, r.fence, r.phase = 'Running' as again, x."executionId" as execution_id,
      x."workerId" as worker_id, x.epoch
    from x join hodei.run r on r.id = any(array[x.run_id])
    where r.fence = x.fence and r.phase in ('Assigned', 'Running') and r.verdict_phase is null
    order by x.run_id for update of r
  ),
  locked_attempt as materialized (
    select lr.* from locked_run lr join hodei.attempt a on a.run_id = any(array[lr.id]) and a.fence = lr.fence
      and a.execution_id = any(array[lr.execution_id]) and a.worker_id = lr.worker_id
    where a.phase in ('Assigned', 'Running')
    order by lr.id for update of a
  ),
  locked_worker as materialized (
    select la.* from locked_attempt la join hodei.worker w on w.id = any(array[la.worker_id])
    where w.session_epoch = la.epoch and w.phase in ('Busy', 'Draining')
    order by la.worker_id for update of w
  ),
  moved_run as (
    update hodei.run r set phase = 'Running', started_at = coalesce(r.started_at, t.now),
      event_seq = r.event_seq + case when l.again then 0 else 1 end
    from t, locked_worker l where r.id = any(array[l.id])
    returning r.id, r.event_seq, l.fence, l.worker_id, l.again, l.execution_id,
      r.attempt_timeout_ms, r.grace_ms, r.created_at
  ),
  moved_attempt as (
    update hodei.attempt a set phase = 'Running', started_at = coalesce(a.started_at, t.now),
      reported_at = t.now, timeout_at = coalesce(a.timeout_at,
        t.now + hodei.millis(m.attempt_timeout_ms + m.grace_ms + :stopMarginMs::bigint))
    from t, moved_run m where a.run_id = any(array[m.id]) and a.fence = m.fence
  ),
  new_event as (
    insert into hodei.run_event (run_id, seq, at, type, fence, worker_id)
    select m.id, m.event_seq, t.now, 'Started', m.fence, m.worker_id from moved_run m, t where not m.again
  )
  select json_build_object('executionId', m.execution_id, 'runId', m.id, 'fence', m.fence,
    'again', m.again, 'waitedMs', hodei.ms(t.now) - hodei.ms(m.created_at)) as doc from moved_run m, t`,
);

export interface AcceptAttemptsRow {
  readonly executionId: string;
  readonly runId: string;
  readonly fence: number;
  readonly again: boolean;
  /** From submit to this start. */
  readonly waitedMs: number;
}
