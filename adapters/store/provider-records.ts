import { actorOf } from "#core/domain/audit/audit-event.ts";
import { limits } from "#core/domain/limits.ts";
import type { ProviderRecord } from "#core/domain/provider/provider-record.ts";
import type { ProviderRecords } from "#core/ports/provider-records.ts";
import { domainQuery, toDomainError } from "./domain-query.ts";
import { readProviders } from "./reads/providers.ts";
import { type SqlClient, SqlError } from "./sql-client.ts";
import {
  deleteProvider,
  insertProvider,
  setProviderStatus,
  updateProvider,
} from "./transitions/provider-records.ts";

/** The providers over either driver. */
export function createProviderRecords(sql: SqlClient): ProviderRecords {
  const query = domainQuery(sql);
  return {
    all: () => query<ProviderRecord>(readProviders),
    insert: async ({ id, name, kind, status, priority, maxWorkers, document }, by) => {
      const settings = { name, kind, status, priority, maxWorkers };
      const actor = actorOf(by);
      const parameters = { id, ...settings, actor, document: JSON.stringify(document) };
      return (
        (await query(insertProvider, { ...parameters, max: limits.providersMax })).length === 1
      );
    },
    update: async (id, { name, status, priority, maxWorkers, document }, by) => {
      const parameters = { id, name, status, priority, maxWorkers, actor: actorOf(by) };
      try {
        const rows = await sql.query(updateProvider, {
          ...parameters,
          document: JSON.stringify(document),
        });
        return rows.length === 1 ? "updated" : "not-found";
      } catch (error) {
        if (error instanceof SqlError && error.constraint === "provider_name") return "name-taken";
        throw toDomainError(error);
      }
    },
    setStatus: async (id, status, by) =>
      (await query(setProviderStatus, { id, status, actor: actorOf(by) })).length === 1,
    remove: async (id, by) => void (await query(deleteProvider, { id, actor: actorOf(by) })),
  };
}
