import { actorOf } from "#core/domain/audit/audit-event.ts";
import type { ApiKeyStore, ApiKeyView, StoredApiKey } from "#core/ports/api-keys.ts";
import { domainQuery } from "./domain-query.ts";
import { findApiKey, listApiKeys } from "./reads/api-keys.ts";
import type { SqlClient } from "./sql-client.ts";
import { createApiKey, noteApiKeyUse, revokeApiKey } from "./transitions/api-keys.ts";

/** The API keys of an install over either driver. */
export function createApiKeyStore(sql: SqlClient): ApiKeyStore {
  const query = domainQuery(sql);
  return {
    create: async (key) => {
      const parameters = { ...key, actor: actorOf(key.createdBy) };
      return (await query<ApiKeyView>(createApiKey, parameters))[0] ?? null;
    },
    list: (limit) => query<ApiKeyView>(listApiKeys, { limit }),
    revoke: async (id, by) =>
      (await query<ApiKeyView>(revokeApiKey, { id, actor: actorOf(by) }))[0] ?? null,
    find: async (id) => (await query<StoredApiKey>(findApiKey, { id }))[0] ?? null,
    noteUse: async (id, againAfterMs) => void (await query(noteApiKeyUse, { id, againAfterMs })),
  };
}
