import { defineStatement } from "../sql-client.ts";

/**
 * Spends a bootstrap token: right worker, right digest, unexpired, and either unspent or spent by
 * this very session (a lost answer is repeated harmlessly). No row = refused; `inspectToken` tells
 * the log why, the caller only hears "refused".
 */
export const registerWorker = defineStatement(
  "register-worker",
  `with t as materialized (select hodei.clock() as now)
  update hodei.worker w set
    phase = case when w.phase = 'Creating' then 'Connecting' else w.phase end,
    token_consumed_at = coalesce(w.token_consumed_at, t.now),
    session_sha256 = :sessionSha256::text,
    registered_at = coalesce(w.registered_at, t.now),
    protocol_version = :protocolVersion::integer,
    info = :info::jsonb,
    lease_expires_at = coalesce(w.lease_expires_at, t.now + hodei.millis(:leaseMs::float8)),
    connect_deadline_at = coalesce(w.connect_deadline_at, t.now + hodei.millis(:connectMs::float8)),
    reason = case when w.phase = 'Creating' then null else w.reason end,
    message = case when w.phase = 'Creating' then null else w.message end
  from t
  where w.id = :workerId::uuid and w.token_sha256 = :tokenSha256::text
    and w.phase in ('Creating', 'Connecting', 'Ready', 'Busy', 'Draining')
    and ((w.token_consumed_at is null and coalesce(w.token_expires_at > t.now, true))
      or (w.token_consumed_at is not null and w.session_sha256 = :sessionSha256::text))
  returning jsonb_build_object('workerId', w.id, 'phase', w.phase) as doc`,
);

/** Why a token was refused; for our log and for replay detection, never for the caller. */
export const inspectToken = defineStatement(
  "inspect-token",
  `select jsonb_build_object('phase', w.phase, 'rightToken', w.token_sha256 = :tokenSha256::text,
    'consumed', w.token_consumed_at is not null, 'expired', coalesce(w.token_expires_at <= hodei.clock(), false)) as doc
  from hodei.worker w where w.id = :workerId::uuid`,
);

export interface InspectTokenRow {
  readonly phase: string;
  readonly rightToken: boolean;
  readonly consumed: boolean;
  readonly expired: boolean;
}
