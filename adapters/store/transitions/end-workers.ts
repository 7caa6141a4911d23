import { defineStatement } from "../sql-client.ts";

/**
 * Workers that must leave, each only if its reason still holds on the locked row (`rule`). An idle
 * worker is proven idle in the same statement that ends it.
 *
 * - `idle`, `drained`, `lease-over`, `connect-late`, `register-late`, `launch-given-up`,
 *   `unregistered`, `dedicated-orphan` → Terminating: the machine must go.
 * - `over-age`, `token-replayed`, `leaving` → Draining: finishes what it has first.
 *
 * `doc`: [{workerId, rule, reason, message, idleMs}].
 */
export const endWorkers = defineStatement(
  "end-workers",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select * from jsonb_to_recordset(:doc::jsonb)
      as d("workerId" uuid, rule text, reason text, message text, "idleMs" float8)
  ),
  l as materialized (
    select w.id, x.rule, x.reason, x.message from t, hodei.worker w join x on w.id = any(array[x."workerId"])
    where case x.rule
      when 'idle' then w.phase = 'Ready' and w.idle_since <= t.now - hodei.millis(x."idleMs")
      when 'drained' then w.phase = 'Draining' and w.run_id is null
      when 'lease-over' then w.phase in ('Connecting', 'Ready', 'Draining') and w.run_id is null
        and w.lease_expires_at <= t.now and hodei.loss_allowed(t.now)
      when 'connect-late' then w.phase = 'Connecting' and w.connect_deadline_at <= t.now
        and hodei.loss_allowed(t.now)
      when 'register-late' then w.phase = 'Creating' and w.register_deadline_at <= t.now
      when 'launch-given-up' then w.phase = 'Creating' and w.external_id is null
        and w.first_launch_at <= t.now - hodei.millis(:giveUpMs::float8)
      when 'dedicated-orphan' then w.phase in ('Creating', 'Connecting', 'Ready') and w.run_id is null
        and w.dedicated_run_id is not null
        and not exists (select from hodei.run r where r.id = any(array[w.dedicated_run_id]) and r.finished_at is null)
      when 'unregistered' then w.phase in ('Connecting', 'Ready', 'Draining') and w.run_id is null
      when 'over-age' then w.phase in ('Ready', 'Busy') and w.retire_at <= t.now
      when 'token-replayed' then w.phase in ('Creating', 'Connecting', 'Ready', 'Busy')
      when 'leaving' then w.phase in ('Connecting', 'Ready', 'Busy')
      else false end
    order by x."workerId" for update of w
  )
  update hodei.worker w set ending_at = coalesce(w.ending_at, t.now),
    phase = case when l.rule in ('over-age', 'token-replayed', 'leaving') then 'Draining' else 'Terminating' end,
    reason = case when l.rule = 'drained' then coalesce(w.reason, l.reason) else l.reason end,
    message = coalesce(l.message, w.message)
  from l, t where w.id = any(array[l.id])
  returning jsonb_build_object('workerId', w.id, 'phase', w.phase, 'reason', w.reason, 'runId', w.run_id) as doc`,
);

export const END_WORKER_RULES = [
  "idle",
  "drained",
  "lease-over",
  "connect-late",
  "register-late",
  "launch-given-up",
  "dedicated-orphan",
  "unregistered",
  "over-age",
  "token-replayed",
  "leaving",
] as const;

export interface EndWorkersRow {
  readonly workerId: string;
  readonly phase: string;
  readonly reason: string;
  readonly runId: string | null;
}

/** The stop of these machines was asked for now; asked again only after a while. */
export const stopsAsked = defineStatement(
  "stops-asked",
  `with x as materialized (select * from jsonb_to_recordset(:doc::jsonb) as d("workerId" uuid)),
  l as materialized (
    select w.id from hodei.worker w join x on w.id = any(array[x."workerId"]) where w.phase = 'Terminating' order by x."workerId" for update of w
  )
  update hodei.worker w set stop_asked_at = hodei.clock() from l where w.id = any(array[l.id])
  returning jsonb_build_object('workerId', w.id) as doc`,
);
