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
 * `doc`: [{executionId, fence, workerId, epoch, runId?, …closing fields}]; a run id spares a look-up
 * and proves nothing.
 */
export const recordResults = defineStatement(
  "record-results",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select coalesce(d."runId", (select a.run_id from hodei.attempt a where a.execution_id = d."executionId")) as run_id, d.*
    from json_to_recordset(:doc::json)
      as d("runId" uuid, "executionId" uuid, fence bigint, "workerId" uuid, epoch bigint, ${closingFields})
  ),
  locked_run as materialized (
    select r.id as run_id, r.fence, ${lockedRunColumns}, x."executionId" as execution_id,
      x."workerId" as worker_id, x.epoch, ${closingColumns}
    from x join hodei.run r on r.id = any(array[x.run_id])
    where r.fence = x.fence and r.phase in ('Pending', 'Running')
    order by x.run_id for update of r
  ),
  locked_attempt as materialized (
    select lr.* from locked_run lr join hodei.attempt a on a.run_id = any(array[lr.run_id]) and a.fence = lr.fence
      and a.execution_id = any(array[lr.execution_id]) and a.worker_id = lr.worker_id
    where a.phase in ('Running', 'Lost') and a.result_id is null
    order by lr.run_id for update of a
  ),
  closing as materialized (
    select la.*, w.run_id = la.run_id and w.run_fence = la.fence as held, w.phase as worker_phase,
      (w.max_runs is not null and w.runs_taken >= w.max_runs) or w.retire_at <= (select now from t)
        or w.dedicated_run_id is not null as worn
    from locked_attempt la join hodei.worker w on w.id = any(array[la.worker_id])
    where w.session_epoch = la.epoch and w.phase in ('Busy', 'Draining', 'Terminating')
    order by la.worker_id for update of w
  ),
  ${closeAttemptsTail(["execution_id", "held", "worker_phase", "worn"])},
  freed as materialized (
    select m.*, case when m.worker_phase <> 'Busy' then m.worker_phase
      when m.worn or m.failure = 'worker-lost' then 'Draining' else 'Ready' end as freed_phase
    from moved_run m
  ),
  released as (
    update hodei.worker w set run_id = null, run_fence = null, phase = m.freed_phase,
      reason = case when w.phase <> 'Busy' then w.reason when m.failure = 'worker-lost' then 'Leaving'
        when m.worn then 'WornOut' else w.reason end,
      idle_since = t.now
    from t, freed m where m.held and w.id = any(array[m.worker_id])
  ),
  queue as materialized (
    select exists (select from hodei.run r where r.pending_reason is not null and r.blocked_by is null
      and r.suspended_at is null) as waits
  )
  select json_build_object('executionId', m.execution_id, 'runId', m.id, 'phase', m.phase,
    'reason', m.reason, 'waitMs', m.wait_ms, 'workerPhase', case when m.held then m.freed_phase end,
    'ranMs', hodei.ms(t.now) - hodei.ms(m.started_at), 'queueWaits', queue.waits) as doc
  from t, queue, freed m`,
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
  /** Some run was waiting, as far as this statement could see. */
  readonly queueWaits: boolean;
}

/**
 * What became of results that were not applied: `duplicate` when this very result id is stored,
 * `retry` when the stream's epoch was superseded but the attempt still waits for its result (also
 * a Lost one that can be salvaged), otherwise `fenced`. `doc`: [{executionId, fence, workerId, epoch, resultId}].
 */
export const resultVerdicts = defineStatement(
  "result-verdicts",
  `select json_build_object('executionId', x."executionId", 'verdict', case
      when a.result_id = x."resultId" then 'duplicate'
      when a.phase in ('Assigned', 'Running', 'Lost') and r.fence = a.fence and r.finished_at is null
        and w.session_epoch <> x.epoch and w.phase <> 'Terminated' then 'retry'
      else 'fenced' end) as doc
   from json_to_recordset(:doc::json)
     as x("executionId" uuid, fence bigint, "workerId" uuid, epoch bigint, "resultId" text)
   left join hodei.attempt a on a.execution_id = any(array[x."executionId"]) and a.fence = x.fence and a.worker_id = x."workerId"
   left join hodei.run r on r.id = any(array[a.run_id]) left join hodei.worker w on w.id = any(array[a.worker_id])`,
);

export interface ResultVerdictRow {
  readonly executionId: string;
  readonly verdict: "duplicate" | "retry" | "fenced";
}
