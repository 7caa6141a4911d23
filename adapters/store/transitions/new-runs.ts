/**
 * What every statement that stores new runs has in common: the bound of the queue, the fields of its
 * document, who is told, and the answer (`InsertRunsRow`). Each has `t` with now, `x` with the document,
 * and `new_run` with the stored rows.
 */

/** `is_full`: as many runs wait as the install and its configuration allow. */
export const queueBound = `queue as materialized (
    select pending_count >= least(:pendingMax::bigint, (scheduler ->> 'pendingRunsMax')::bigint) as is_full
    from hodei.control
  )`;

export const newRunFields = `id uuid, name text, spec json, placement json, shape text, labels jsonb, priority integer,
      "submittedBy" text, "idempotencyKey" text, digest text, "startAfter" timestamptz, "deadlineMs" float8,
      "attemptTimeoutMs" bigint, "graceMs" bigint, "ttlMs" bigint, suspend boolean, "rerunOf" uuid`;

/**
 * Gateways are told, once, when an idle worker waits that a living gateway can reach; of suspended runs
 * nobody is. `guard`: a condition before all others, followed by `and`.
 */
export const pokeForNewRuns = (guard = ""): string => `poke as materialized (
    select case when ${guard}exists (select from new_run where suspended_at is null) and exists (
        select from t, hodei.worker w join hodei.gateway g on g.id = w.gateway_id
        where w.phase = 'Ready' and w.dedicated_run_id is null and w.lease_expires_at > t.now
          and g.beat_at >= t.now - hodei.millis(:gatewayDeadMs::float8))
      then pg_notify('hodei_wake', 'place')::text is not null else false end as poked
  )`;

/** A row for each stored run, with `more` of it beside; or that the queue is full. */
export const storedRunsAnswer = (
  more = "",
): string => `select json_build_object('id', n.id, 'createdAt', hodei.ms(n.created_at),
    'notBefore', hodei.ms(n.not_before), 'deadlineAt', hodei.ms(nullif(n.deadline_at, 'infinity')),
    'reason', n.pending_reason, 'workerId', n.worker_id, ${more}'poked', poke.poked) as doc
  from new_run n, poke
  union all
  select json_build_object('full', true) from queue where is_full`;

/** What was stored, or that the queue is full. */
export interface InsertRunsRow {
  readonly id?: string;
  readonly createdAt?: number;
  readonly notBefore?: number;
  readonly deadlineAt?: number | null;
  readonly reason?: string | null;
  /** The proposed worker, when the run is Assigned to it. */
  readonly workerId?: string | null;
  /** A gateway was told that there is something to place. */
  readonly poked?: boolean;
  /** The queue holds as many waiting runs as it may. */
  readonly full?: boolean;
}
