import { defineStatement } from "../sql-client.ts";
import { newAuditEvents } from "./new-audit-events.ts";

/**
 * The newest attempt of its run, if it is a live manual one, with its run. Both are locked: run, then
 * attempt. `again`: it was started before.
 */
const LOCKED_MANUAL = `locked_run as materialized (
    select r.id, r.fence, r.phase = 'Running' as again
    from hodei.run r
    where r.id = (select a.run_id from hodei.attempt a where a.execution_id = :executionId::uuid)
      and r.phase in ('Assigned', 'Running')
    for update of r
  ),
  locked_attempt as materialized (
    select l.*, a.worker_id from locked_run l join hodei.attempt a on a.run_id = any(array[l.id]) and a.fence = l.fence
    where a.execution_id = any(array[:executionId::uuid]) and a.manual
      and a.phase in ('Assigned', 'Running')
    for update of a
  )`;

/**
 * Assigned → Running of a manual attempt: its caller says that it began. An attempt that a worker has
 * does not come back, nor one that is not the newest of its run. A repeat comes back and changes
 * nothing but when it was last heard of. Locks: run, then attempt.
 */
export const startManually = defineStatement(
  "start-manually",
  `with t as materialized (select hodei.clock() as now),
  ${LOCKED_MANUAL},
  moved_run as (
    update hodei.run r set phase = 'Running', started_at = coalesce(r.started_at, t.now),
      event_seq = r.event_seq + case when l.again then 0 else 1 end
    from t, locked_attempt l where r.id = any(array[l.id])
    returning r.id, r.event_seq, l.fence, l.worker_id, l.again
  ),
  moved_attempt as (
    update hodei.attempt a set phase = 'Running', started_at = coalesce(a.started_at, t.now), reported_at = t.now
    from t, moved_run m where a.run_id = any(array[m.id]) and a.fence = m.fence
  ),
  new_event as (
    insert into hodei.run_event (run_id, seq, at, type, fence, worker_id, reason)
    select m.id, m.event_seq, t.now, 'Started', m.fence, m.worker_id, 'Manual' from moved_run m, t where not m.again
  ),
  ${newAuditEvents(`select t.now, 'RunStartedByHand', :actor::text, m.id::text,
      jsonb_build_object('attempt', m.fence, 'workerId', m.worker_id) from moved_run m, t where not m.again`)}
  select json_build_object('runId', m.id) as doc from moved_run m`,
);

/**
 * What a live manual attempt says of itself, kept beside it, its message until it ends: no event, because there
 * is no bound on how often it is said. Locks as above.
 */
export const noteProgress = defineStatement(
  "note-progress",
  `with t as materialized (select hodei.clock() as now),
  ${LOCKED_MANUAL}
  update hodei.attempt a set progress = :percent::integer, message = :message::text, reported_at = t.now
  from t, locked_attempt l where a.run_id = any(array[l.id]) and a.fence = l.fence
  returning json_build_object('runId', a.run_id) as doc`,
);
