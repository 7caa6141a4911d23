import { defineStatement } from "../sql-client.ts";

// The clock is read once, by a sub-select: compared with the function itself, every row with a time
// to live is read to its end, because the function might answer something else for each.

/** One process sweeps in a period: applied for the first that asks. Also refreshes the queue count. */
export const claimSweep = defineStatement(
  "claim-sweep",
  `update hodei.control set swept_at = hodei.clock()
   where swept_at <= hodei.clock() - hodei.millis(:periodMs::float8)
   returning jsonb_build_object('installId', install_id) as doc`,
);

/**
 * How many runs wait, for the bound on submits; approximate by design: counted by the first tick of a
 * period, because counting a long queue costs more than all else of a quiet tick.
 */
export const countPending = defineStatement(
  "count-pending",
  `with t as materialized (select hodei.clock() as now),
  due as materialized (
    select from hodei.control, t where pending_counted_at <= t.now - hodei.millis(:periodMs::float8)
  ),
  counted as materialized (
    -- In the list of what is selected, so that nothing is counted where nothing is due.
    select (select count(*) from (
      select from hodei.run where pending_reason is not null and verdict_phase is null limit :max::bigint) w) as n
    from due
  )
  update hodei.control set pending_count = counted.n, pending_counted_at = t.now from counted, t
  returning jsonb_build_object('pending', pending_count) as doc`,
);

/**
 * Deletes output of the runs that are past their time to live for longest, so much at a time: one run
 * may have thousands of chunks, and a statement that takes them all may never end in time.
 */
export const deleteExpiredOutput = defineStatement(
  "delete-expired-output",
  `with due as materialized (
    select id from hodei.run where expires_at <= (select hodei.clock()) order by expires_at limit :limit::bigint
  ),
  chunk as materialized (
    select c.run_id, c.fence, c.seq from due join hodei.log_chunk c on c.run_id = any(array[due.id])
    limit :chunks::bigint for update of c skip locked
  ),
  gone as (
    delete from hodei.log_chunk c using chunk x where c.run_id = any(array[x.run_id]) and c.fence = x.fence and c.seq = x.seq
    returning 1
  )
  select jsonb_build_object('chunks', count(*)) as doc from gone`,
);

/**
 * Deletes final runs past their time to live, with their attempts and events, once their output is
 * deleted.
 */
export const deleteExpiredRuns = defineStatement(
  "delete-expired-runs",
  `with oldest as materialized (
    select id from hodei.run where expires_at <= (select hodei.clock()) order by expires_at limit :limit::bigint
    for update skip locked
  ),
  due as materialized (
    select id from oldest where (select c.run_id from hodei.log_chunk c where c.run_id = oldest.id limit 1) is null
  ),
  no_events as (delete from hodei.run_event e using due where e.run_id = any(array[due.id])),
  no_secrets as (delete from hodei.run_secret s using due where s.run_id = any(array[due.id])),
  no_attempts as (delete from hodei.attempt a using due where a.run_id = any(array[due.id]))
  delete from hodei.run r using due where r.id = any(array[due.id])
  returning jsonb_build_object('runId', r.id) as doc`,
);

/** Deletes workers that ended long ago. */
export const deleteEndedWorkers = defineStatement(
  "delete-ended-workers",
  `with due as materialized (
    select id from hodei.worker where phase = 'Terminated'
      and terminated_at <= (select hodei.clock()) - hodei.millis(:retentionMs::float8)
    order by terminated_at limit :limit::bigint for update skip locked
  )
  delete from hodei.worker w using due where w.id = any(array[due.id])
  returning jsonb_build_object('workerId', w.id) as doc`,
);

/** Deletes API keys that were revoked or expired long ago: nobody can call with one. */
export const deleteOldApiKeys = defineStatement(
  "delete-old-api-keys",
  `with due as materialized (
    select id from hodei.api_key
    where least(revoked_at, expires_at) <= (select hodei.clock()) - hodei.millis(:retentionMs::float8)
    limit :limit::bigint for update skip locked
  )
  delete from hodei.api_key k using due where k.id = any(array[due.id])
  returning jsonb_build_object('keyId', k.id) as doc`,
);

/** Deletes the oldest audit events once they were kept for long enough. */
export const deleteOldAuditEvents = defineStatement(
  "delete-old-audit-events",
  `with due as materialized (
    select id from hodei.audit_event
    where at <= (select hodei.clock()) - hodei.millis(:retentionMs::float8)
    order by at, id limit :limit::bigint for update skip locked
  )
  delete from hodei.audit_event a using due where a.id = any(array[due.id])
  returning jsonb_build_object('eventId', a.id) as doc`,
);
