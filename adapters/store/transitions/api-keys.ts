import { API_KEY_VIEW } from "../reads/api-keys.ts";
import { defineStatement } from "../sql-client.ts";
import { newAuditEvents } from "./new-audit-events.ts";

/**
 * A new key. The same sent twice answers the first one, and is recorded once (`xmax` is 0 in a row that
 * was inserted, not in one that was there); an id with another digest answers nothing.
 */
export const createApiKey = defineStatement(
  "create-api-key",
  `with t as materialized (select hodei.clock() as now),
  stored as (
    insert into hodei.api_key as k (id, name, scope, key_sha256, created_by, created_at, expires_at)
    select :id::text, :name::text, :scope::text, :keySha256::text, :createdBy::text, t.now,
      t.now + hodei.millis(:lifetimeSeconds::float8 * 1000)
    from t
    on conflict (id) do update set name = k.name where k.key_sha256 = excluded.key_sha256
    returning k.id, k.name, k.scope, k.expires_at, k.xmax = 0 as is_new, ${API_KEY_VIEW} as doc
  ),
  ${newAuditEvents(`select t.now, 'ApiKeyCreated', :actor::text, s.id,
      jsonb_build_object('name', s.name, 'scope', s.scope, 'expiresAt', hodei.ms(s.expires_at))
    from stored s, t where s.is_new`)}
  select s.doc from stored s`,
);

/** Revokes a key, for ever; revoked again, its instant stays the first. Locks the key. */
export const revokeApiKey = defineStatement(
  "revoke-api-key",
  `with t as materialized (select hodei.clock() as now),
  locked_key as materialized (
    select k.id, k.revoked_at is null as is_valid from hodei.api_key k
    where k.id = any(array[:id::text]) for update
  ),
  revoked as (
    update hodei.api_key k set revoked_at = coalesce(k.revoked_at, t.now) from t, locked_key l
    where k.id = any(array[l.id])
    returning k.id, k.name, l.is_valid, ${API_KEY_VIEW} as doc
  ),
  ${newAuditEvents(`select t.now, 'ApiKeyRevoked', :actor::text, r.id, jsonb_build_object('name', r.name)
    from revoked r, t where r.is_valid`)}
  select r.doc from revoked r`,
);

/** A use, written at most once in a while: a call must not cost a write. Nothing for a revoked key. */
export const noteApiKeyUse = defineStatement(
  "note-api-key-use",
  `with t as materialized (select hodei.clock() as now)
  update hodei.api_key k set last_used_at = t.now from t
  where k.id = any(array[:id::text]) and k.revoked_at is null
    and (k.last_used_at is null or k.last_used_at <= t.now - hodei.millis(:againAfterMs::float8))
  returning jsonb_build_object('id', k.id) as doc`,
);
