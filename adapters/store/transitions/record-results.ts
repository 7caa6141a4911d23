import { defineStatement } from "../sql-client.ts";
import {
  closeAttemptsTail,
  closingColumns,
  closingFields,
  lockedRunColumns,
} from "./close-attempts.ts";

/**
 * The result of attempts: attempt ended, run finished or Pending again, worker released, events,
 * all or nothing per row. The run row is locked first and the fence compared on the locked row; a
 * worker that reports itself lost (it must leave) takes no other run. A
 * Lost attempt is salvaged while no newer one exists (the fence says so). Rows that do not come
 * back are duplicates or late: `resultVerdicts` tells which, on a fresh snapshot.
 * `doc`: [{executionId, fence, workerId, epoch, …closing fields}].
 */
export const recordResults = defineStatement(
  "record-results",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select a.run_id, d.* from jsonb_to_recordset(:doc::jsonb)
      as d("executionId" uuid, fence bigint, "workerId" uuid, epoch bigint, ${closingFields})
    join hodei.attempt a on a.execution_id = d."executionId" and a.fence = d.fence
      and a.worker_id = d."workerId"
  ),
  locked_run as materialized (
    select ${lockedRunColumns} from hodei.run r join x on x.run_id = r.id
    where r.fence = x.fence and r.phase in ('Pending', 'Running')
    order by r.id for update of r
  ),
  locked_attempt as materialized (
    select a.run_id, a.fence, a.worker_id from hodei.attempt a
    join locked_run lr on lr.id = a.run_id and lr.fence = a.fence
    where a.phase in ('Running', 'Lost') and a.result_id is null
    order by a.run_id for update of a
  ),
  l as materialized (
    select la.run_id, la.fence, w.id as worker_id, w.session_epoch as epoch,
      (w.max_runs is not null and w.runs_taken >= w.max_runs) or w.retire_at <= (select now from t)
        or w.dedicated_run_id is not null as worn
    from hodei.worker w join locked_attempt la on la.worker_id = w.id
    join x on x.run_id = la.run_id and x.fence = la.fence
    where w.session_epoch = x.epoch and w.phase in ('Busy', 'Draining', 'Terminating')
    order by w.id for update of w
  ),
  closing as (
    select distinct on (l.run_id) l.run_id, l.fence, l.worker_id, ${closingColumns}
    from l join x on x.run_id = l.run_id and x.fence = l.fence and x.epoch = l.epoch
  ),
  ${closeAttemptsTail},
  released as (
    update hodei.worker w set run_id = null, run_fence = null,
      phase = case when w.phase <> 'Busy' then w.phase
        when l.worn or m.failure = 'worker-lost' then 'Draining' else 'Ready' end,
      reason = case when w.phase <> 'Busy' then w.reason when m.failure = 'worker-lost' then 'Leaving'
        when l.worn then 'WornOut' else w.reason end,
      idle_since = t.now
    from t, l join moved_run m on m.id = l.run_id
    where w.id = l.worker_id and w.run_id = l.run_id and w.run_fence = l.fence
    returning w.id, w.phase
  )
  select jsonb_build_object('executionId', x."executionId", 'runId', m.id, 'phase', m.phase,
    'reason', m.reason, 'waitMs', m.wait_ms, 'workerPhase', rel.phase,
    'ranMs', hodei.ms(t.now) - hodei.ms(m.started_at)) as doc
  from t, moved_run m join x on x.run_id = m.id and x.fence = m.fence
  left join released rel on rel.id = m.worker_id`,
);

export interface RecordResultsRow {
  readonly executionId: string;
  readonly runId: string;
  readonly phase: string;
  readonly reason: string | null;
  /** Until the next attempt may start, when the run is Pending again. */
  readonly waitMs: number;
  readonly workerPhase: string | null;
  readonly ranMs: number | null;
}

/**
 * What became of results that were not applied: `duplicate` when this very result id is stored,
 * `retry` when the stream's epoch was superseded but the attempt still waits for its result (also
 * a Lost one that can be salvaged), otherwise `fenced`. `doc`: [{executionId, fence, workerId, epoch, resultId}].
 */
export const resultVerdicts = defineStatement(
  "result-verdicts",
  `select jsonb_build_object('executionId', x."executionId", 'verdict', case
      when a.result_id = x."resultId" then 'duplicate'
      when a.phase in ('Assigned', 'Running', 'Lost') and r.fence = a.fence and r.finished_at is null
        and w.session_epoch <> x.epoch and w.phase <> 'Terminated' then 'retry'
      else 'fenced' end) as doc
   from jsonb_to_recordset(:doc::jsonb)
     as x("executionId" uuid, fence bigint, "workerId" uuid, epoch bigint, "resultId" text)
   left join hodei.attempt a on a.execution_id = x."executionId" and a.fence = x.fence and a.worker_id = x."workerId"
   left join hodei.run r on r.id = a.run_id left join hodei.worker w on w.id = a.worker_id`,
);

export interface ResultVerdictRow {
  readonly executionId: string;
  readonly verdict: "duplicate" | "retry" | "fenced";
}
