import { defineStatement } from "../sql-client.ts";

/** A key as people see it: without its digest. */
export const API_KEY_VIEW = `jsonb_build_object('id', k.id, 'name', k.name, 'scope', k.scope,
    'createdBy', k.created_by, 'createdAt', hodei.ms(k.created_at), 'expiresAt', hodei.ms(k.expires_at),
    'lastUsedAt', hodei.ms(k.last_used_at), 'revokedAt', hodei.ms(k.revoked_at))`;

/** What is needed to judge a key that was shown. The only read of a digest. */
export const findApiKey = defineStatement(
  "find-api-key",
  `with t as materialized (select hodei.clock() as now)
  select jsonb_build_object('id', k.id, 'name', k.name, 'scope', k.scope, 'keySha256', k.key_sha256,
    'revoked', k.revoked_at is not null,
    'expiresInMs', hodei.ms(k.expires_at) - hodei.ms(t.now),
    'usedAgoMs', hodei.ms(t.now) - hodei.ms(k.last_used_at)) as doc
  from t, hodei.api_key k where k.id = any(array[:id::text])`,
);

/** The newest keys, whatever became of them. */
export const listApiKeys = defineStatement(
  "list-api-keys",
  `select ${API_KEY_VIEW} as doc from hodei.api_key k order by k.created_at desc, k.id limit :limit::bigint`,
);
