import { defineStatement } from "../sql-client.ts";
import {
  closeAttemptsTail,
  closingColumns,
  closingFields,
  lockedRunColumns,
} from "./close-attempts.ts";

/**
 * Ends live attempts that nobody reported a result for, each only if the reason it was chosen for
 * still holds on the locked rows (`rule`):
 *
 * - `lease-over`: the worker's lease ran out, and not for want of a gateway (`loss_allowed`).
 * - `unreported`: the worker is connected but names this attempt no more.
 * - `not-accepted`: the accept deadline passed. `refused`: the worker said no (epoch compared).
 * - `attempt-overdue`: past its own timeout although its worker should have ended it.
 * - `stop-overdue`: a verdict is stored and the worker did not stop in time.
 *
 * `expected` is the attempt phase the policy was evaluated for: an attempt that was accepted
 * meanwhile is left for the next look. The worker of a lost attempt goes to Terminating (its
 * session is void), the worker that did not take a command to Draining.
 * `doc`: [{rule, runId, fence, workerId, expected, epoch, …closing fields}].
 */
export const endAttempts = defineStatement(
  "end-attempts",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select * from jsonb_to_recordset(:doc::jsonb)
      as d(rule text, "runId" uuid, fence bigint, "workerId" uuid, expected text, epoch bigint, ${closingFields})
  ),
  locked_run as materialized (
    select r.id as run_id, r.fence, ${lockedRunColumns}, r.verdict_at, r.grace_ms, x.rule,
      x."workerId" as worker_id, x.expected, x.epoch, ${closingColumns}
    from x join hodei.run r on r.id = any(array[x."runId"])
    where r.fence = x.fence and r.phase in ('Assigned', 'Running')
    order by x."runId" for update of r
  ),
  locked_attempt as materialized (
    select lr.* from locked_run lr join hodei.attempt a on a.run_id = any(array[lr.run_id]) and a.fence = lr.fence
    where a.phase = lr.expected and a.worker_id = lr.worker_id and case lr.rule
      when 'lease-over' then true -- the worker's row decides
      when 'unreported' then a.phase = 'Running' and a.reported_at < (select now from t) - hodei.millis(:reportedLimitMs::float8)
        and hodei.loss_allowed((select now from t))
      when 'not-accepted' then a.phase = 'Assigned' and a.accept_deadline_at <= (select now from t)
      when 'refused' then a.phase = 'Assigned'
      when 'attempt-overdue' then a.timeout_at <= (select now from t)
      when 'stop-overdue' then lr.verdict_at + hodei.millis(lr.grace_ms + :stopMarginMs::bigint) <= (select now from t)
      else false end
    order by lr.run_id for update of a
  ),
  l as materialized (
    select la.* from locked_attempt la join hodei.worker w on w.id = any(array[la.worker_id])
    where w.run_id = la.run_id and w.run_fence = la.fence and case la.rule
      when 'lease-over' then w.lease_expires_at <= (select now from t)
        and hodei.loss_allowed((select now from t))
      when 'refused' then w.session_epoch = la.epoch
      else true end
    order by la.worker_id for update of w
  ),
  closing as (select distinct on (l.run_id) l.* from l),
  ${closeAttemptsTail(["rule"])},
  released as (
    update hodei.worker w set run_id = null, run_fence = null, ending_at = coalesce(w.ending_at, t.now),
      phase = case when w.phase = 'Terminated' or w.phase = 'Terminating' then w.phase
        when m.rule in ('not-accepted', 'refused') then 'Draining' else 'Terminating' end,
      reason = case m.rule when 'lease-over' then 'LeaseOver' when 'unreported' then 'AttemptUnreported'
        when 'not-accepted' then 'NotAccepting' when 'refused' then 'Refused' else 'StopOverdue' end,
      message = m.detail
    from t, moved_run m where w.id = any(array[m.worker_id])
  )
  select jsonb_build_object('runId', m.id, 'fence', m.fence, 'workerId', m.worker_id, 'phase', m.phase,
    'reason', m.reason, 'attemptPhase', m.attempt_phase, 'waitMs', m.wait_ms) as doc from moved_run m`,
);

export interface EndAttemptsRow {
  readonly runId: string;
  readonly fence: number;
  readonly workerId: string;
  readonly phase: string;
  readonly reason: string | null;
  readonly attemptPhase: string;
  readonly waitMs: number;
}
