import { API_KEY_VIEW } from "../reads/api-keys.ts";
import { defineStatement } from "../sql-client.ts";

/** A new key. The same sent twice answers the first one; an id with another digest answers nothing. */
export const createApiKey = defineStatement(
  "create-api-key",
  `with t as materialized (select hodei.clock() as now)
  insert into hodei.api_key as k (id, name, scope, key_sha256, created_by, created_at, expires_at)
  select :id::text, :name::text, :scope::text, :keySha256::text, :createdBy::text, t.now,
    t.now + hodei.millis(:lifetimeSeconds::float8 * 1000)
  from t
  on conflict (id) do update set name = k.name where k.key_sha256 = excluded.key_sha256
  returning ${API_KEY_VIEW} as doc`,
);

/** Revokes a key, for ever; revoked again, its instant stays the first. Locks the key. */
export const revokeApiKey = defineStatement(
  "revoke-api-key",
  `with t as materialized (select hodei.clock() as now)
  update hodei.api_key k set revoked_at = coalesce(k.revoked_at, t.now) from t
  where k.id = any(array[:id::text])
  returning ${API_KEY_VIEW} as doc`,
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
