import { defineStatement } from "../sql-client.ts";

/**
 * Stores runs with their first event, or nothing for an id or idempotency key already there
 * (`created: false`; the caller reads who holds it). Gateways are notified only when an idle worker
 * waits: a notify per insert is serialised by a global lock and costs most of the throughput.
 */
export const insertRuns = defineStatement(
  "insert-runs",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select d.*, greatest(t.now, d."startAfter") as due, t.now
    from t, jsonb_to_recordset(:doc::jsonb) as d(
      id uuid, name text, spec jsonb, placement jsonb, shape text, labels jsonb, priority integer,
      "submittedBy" text, "idempotencyKey" text, digest text, "startAfter" timestamptz,
      "deadlineMs" float8, "attemptTimeoutMs" bigint, "graceMs" bigint, "ttlMs" bigint)
  ),
  new_run as (
    insert into hodei.run (id, name, spec, placement, shape, labels, priority, phase, pending_reason,
      submitted_by, idempotency_key, spec_digest, not_before, queue_rank, deadline_at,
      attempt_timeout_ms, grace_ms, ttl_ms, created_at)
    select x.id, x.name, x.spec, x.placement, x.shape, x.labels, x.priority, 'Pending',
      case when x.due > x.now then 'StartAfter' else 'Queued' end,
      x."submittedBy", x."idempotencyKey", x.digest, x.due,
      x.due - make_interval(secs => x.priority * :ageingSeconds::float8),
      x.due + hodei.millis(x."deadlineMs"), x."attemptTimeoutMs", x."graceMs", x."ttlMs", x.now
    from x where (select pending_count from hodei.control) < :pendingMax::bigint
    on conflict do nothing
    returning id, created_at
  ),
  new_event as (
    insert into hodei.run_event (run_id, seq, at, type)
    select id, 1, created_at, 'Submitted' from new_run
  )
  select jsonb_build_object('id', x.id, 'created', n.id is not null,
    'full', (select pending_count from hodei.control) >= :pendingMax::bigint,
    'poked', case when n.id is not null and exists (select from hodei.worker where phase = 'Ready')
      then pg_notify('hodei_wake', 'place')::text is not null else false end) as doc
  from x left join new_run n on n.id = x.id`,
);

export interface InsertRunsRow {
  readonly id: string;
  readonly created: boolean;
  /** The queue holds as many waiting runs as it may. */
  readonly full: boolean;
  /** A gateway was told that there is something to place. */
  readonly poked: boolean;
}

/** Who holds an id or an idempotency key. */
export const findRunByKey = defineStatement(
  "find-run-by-key",
  `select jsonb_build_object('id', id, 'digest', spec_digest, 'sameKey', idempotency_key is not distinct from :key::text) as doc
   from hodei.run where idempotency_key = :key::text or id = :id::uuid limit 1`,
);
