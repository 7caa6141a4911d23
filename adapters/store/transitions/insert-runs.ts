import { defineStatement } from "../sql-client.ts";
import { newRunFields, pokeForNewRuns, queueBound, storedRunsAnswer } from "./new-runs.ts";

/**
 * Stores runs with their first event; only those that were stored come back, with what the database
 * added, so that a submit is one statement. A row whose id or idempotency key is there already is
 * left out (the caller reads who holds it). When the queue holds as many as it may, nothing is
 * stored and `full` says so.
 *
 * A run may propose a worker (`workerId`, the `epoch` of its stream, an `executionId`): if it is Ready
 * with a living lease at that stream of gateway `self`, and nobody else holds its row, the run is
 * stored Assigned to it, with its first attempt. Otherwise it is stored Pending, as without. No two
 * runs may propose one worker. Nobody waits for the row of a proposed worker, so it may be locked
 * before the key of the run is known to be free.
 *
 * `notify`: gateways are told, once, when an idle worker waits that a living gateway can reach; a
 * notify is serialised by a global lock and costs most of the throughput. A gateway that submits
 * looks by itself.
 *
 * A suspended run takes no worker, nobody is told of it, and its deadline does not run yet.
 *
 * Rows are stored in the order of their keys: a statement waits for another one's uncommitted row of
 * the same key, and in one order two that share keys never wait for each other.
 */
export const insertRuns = defineStatement(
  "insert-runs",
  `with t as materialized (select hodei.clock() as now),
  ${queueBound},
  x as materialized (
    select d.*, greatest(t.now, d."startAfter") as due, t.now
    from t, json_to_recordset(:doc::json) as d(
      ${newRunFields}, "workerId" uuid, epoch bigint, "executionId" uuid)
  ),
  placed as materialized (
    select x.*, ready.id as worker_id from x left join lateral (
      select w.id from hodei.worker w
      where w.id = x."workerId" and w.session_epoch = x.epoch and w.gateway_id = :self::uuid
        and w.phase = 'Ready' and w.dedicated_run_id is null and w.lease_expires_at > x.now
        and x.due <= x.now and not x.suspend
      for update of w skip locked) ready on true
  ),
  new_run as (
    insert into hodei.run (id, name, spec, placement, shape, labels, priority, phase, pending_reason,
      fence, event_seq, worker_id, submitted_by, idempotency_key, spec_digest, not_before, queue_rank,
      deadline_at, attempt_timeout_ms, grace_ms, ttl_ms, rerun_of, created_at, suspended_at)
    select x.id, x.name, x.spec, x.placement, x.shape, coalesce(x.labels, '{}'), x.priority,
      case when x.worker_id is null then 'Pending' else 'Assigned' end,
      case when x.worker_id is not null then null when x.suspend then 'Suspended'
        when x.due > x.now then 'StartAfter' else 'Queued' end,
      case when x.worker_id is null then 0 else 1 end, case when x.worker_id is null then 1 else 2 end,
      x.worker_id, x."submittedBy", x."idempotencyKey", x.digest, x.due,
      x.due - make_interval(secs => x.priority * :ageingSeconds::float8),
      case when x.suspend then 'infinity' else x.due + hodei.millis(x."deadlineMs") end,
      x."attemptTimeoutMs", x."graceMs", x."ttlMs", x."rerunOf", x.now, case when x.suspend then x.now end
    from placed x, queue where not queue.is_full
    order by x."idempotencyKey", x.id
    on conflict do nothing
    returning id, created_at, not_before, deadline_at, pending_reason, worker_id, suspended_at
  ),
  assigned as materialized (
    select n.id, n.created_at, n.worker_id, x."executionId" as execution_id
    from new_run n join placed x on x.id = n.id and x.worker_id = n.worker_id where n.worker_id is not null
  ),
  new_attempt as (
    insert into hodei.attempt (run_id, fence, execution_id, worker_id, assigned_at, accept_deadline_at)
    select a.id, 1, a.execution_id, a.worker_id, a.created_at, a.created_at + hodei.millis(:acceptDeadlineMs::float8)
    from assigned a
  ),
  moved_worker as (
    update hodei.worker w set phase = 'Busy', run_id = a.id, run_fence = 1,
      runs_taken = w.runs_taken + 1, idle_since = null, reason = null, message = null
    from assigned a where w.id = any(array[a.worker_id])
  ),
  new_event as (
    insert into hodei.run_event (run_id, seq, at, type, fence, worker_id)
    select id, 1, created_at, 'Submitted', null::bigint, null::uuid from new_run
    union all
    select id, 2, created_at, 'Assigned', 1, worker_id from assigned
  ),
  ${pokeForNewRuns(":notify::boolean and ")}
  ${storedRunsAnswer()}`,
);

/** Who holds each idempotency key, or else the id. */
export const findRuns = defineStatement(
  "find-runs",
  `select json_build_object('wanted', x.id, 'id', r.id, 'digest', r.spec_digest) as doc
  from json_to_recordset(:doc::json) as x(id uuid, "idempotencyKey" text)
  cross join lateral (
    select id, spec_digest from hodei.run where idempotency_key = x."idempotencyKey"
    union all
    select id, spec_digest from hodei.run where id = x.id
    limit 1) r`,
);
