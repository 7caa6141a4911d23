/**
 * The common tail of every statement that ends attempts: given a CTE `closing` of locked rows with
 * what the pure policy decided, it ends the attempt, moves the run on, and writes the events. A
 * verdict stored before (cancel, deadline) beats what the policy said: the first commit wins.
 *
 * The verdict comes along from the locked row of the run: a plain read would see the statement's
 * snapshot, older than the lock it waited for.
 *
 * A run may have been suspended since its attempt was lost: it stays so, whatever that attempt reports.
 *
 * `closing` has at most one row for a run: run_id, fence, worker_id, `lockedRunColumns` and
 * `closingColumns`. `t` has now. `moved_run` answers the columns named in `carried` as well.
 */
export const closeAttemptsTail = (carried: readonly string[]): string => `
  decided as materialized (
    select c.*, coalesce(c.verdict_phase, c.next_phase) as final_phase,
      coalesce(c.verdict_reason, c.next_reason) as final_reason,
      case when c.verdict_phase is null then c.next_message else c.verdict_message end as final_message,
      t.now + hodei.millis(c.wait_ms::float8) as due
    from t, closing c
  ),
  ended_attempt as (
    update hodei.attempt a set phase = d.attempt_phase, failure = d.failure, exit_code = d.exit_code,
      signal = d.signal, message = d.detail, result_id = d.result_id, log_last_seq = d.log_last_seq,
      ended_at = coalesce(a.ended_at, t.now)
    from t, decided d where a.run_id = any(array[d.run_id]) and a.fence = d.fence
  ),
  moved_run as (
    update hodei.run r set
      phase = d.final_phase,
      reason = case when d.final_phase = 'Pending' then null else d.final_reason end,
      message = d.final_message,
      suspended_at = case when d.final_phase = 'Pending' then r.suspended_at end,
      pending_reason = case when d.final_phase <> 'Pending' then null
        when r.suspended_at is not null then 'Suspended'
        when d.block_until_gone then 'WaitingForMachineGone'
        when d.wait_ms > 0 then 'Backoff' else 'Queued' end,
      blocked_by = case when d.final_phase = 'Pending' and d.block_until_gone then d.worker_id end,
      not_before = case when d.final_phase = 'Pending' then greatest(r.not_before, d.due) else r.not_before end,
      queue_rank = case when d.final_phase = 'Pending' and d.wait_ms > 0
        then greatest(r.queue_rank, d.due - make_interval(secs => r.priority * :ageingSeconds::float8))
        else r.queue_rank end,
      exit_code = case when d.final_phase = 'Pending' then null else d.exit_code end,
      finished_at = case when d.final_phase <> 'Pending' then t.now end,
      expires_at = case when d.final_phase <> 'Pending' then t.now + hodei.millis(r.ttl_ms) end,
      event_seq = r.event_seq + case when d.final_phase = 'Pending' then 1 else 2 end
    from t, decided d where r.id = any(array[d.run_id])
    returning r.id, r.fence, r.phase, r.reason, r.message, r.event_seq, r.not_before, r.created_at,
      r.started_at, r.finished_at, d.worker_id, d.attempt_phase, d.failure, d.detail, d.wait_ms${carried.map((name) => `, d.${name}`).join("")}
  ),
  new_event as (
    insert into hodei.run_event (run_id, seq, at, type, fence, worker_id, reason, message)
    select m.id, m.event_seq - case when m.phase = 'Pending' then 0 else 1 end, t.now,
      'Attempt' || m.attempt_phase, m.fence, m.worker_id, m.failure,
      coalesce(m.detail, case when m.phase = 'Pending' and m.wait_ms > 0
        then 'next attempt in ' || round(m.wait_ms / 1000.0, 1) || ' s' end)
    from moved_run m, t
    union all
    select m.id, m.event_seq, t.now, 'Finished', m.fence, m.worker_id, m.reason, m.message
    from moved_run m, t where m.phase <> 'Pending'
  )`;

/** What `closing` takes from the locked row of the run. */
export const lockedRunColumns = "r.verdict_phase, r.verdict_reason, r.verdict_message";

/** The document fields every caller of the tail sends besides its own guards. */
export const closingFields = `"attemptPhase" text, failure text, "exitCode" integer, signal text,
  detail text, "resultId" text, "logLastSeq" bigint, "nextPhase" text, "nextReason" text,
  "nextMessage" text, "waitMs" numeric, "blockUntilGone" boolean`;

/**
 * What `closing` takes from the document `x`, with names of columns: read where the run is locked
 * and carried along the chain, because a join of two chains by the planner's guess of one row each
 * costs the square of the batch.
 */
export const closingColumns = `x."attemptPhase" as attempt_phase, x.failure, x."exitCode" as exit_code,
  x.signal, x.detail, x."resultId" as result_id, x."logLastSeq" as log_last_seq,
  x."nextPhase" as next_phase, x."nextReason" as next_reason, x."nextMessage" as next_message,
  coalesce(x."waitMs", 0) as wait_ms, x."blockUntilGone" as block_until_gone`;

/** One attempt to end, as the pure policy decided it. */
export interface ClosingDoc {
  readonly attemptPhase: string;
  readonly failure: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly detail: string | null;
  readonly resultId: string | null;
  readonly logLastSeq: number | null;
  readonly nextPhase: string;
  readonly nextReason: string | null;
  readonly nextMessage: string | null;
  readonly waitMs: number;
  readonly blockUntilGone: boolean;
}
