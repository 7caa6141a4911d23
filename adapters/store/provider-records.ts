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
    insert: async ({ id, name, kind, status, priority, maxWorkers, document }) => {
      const settings = { name, kind, status, priority, maxWorkers };
      const parameters = { id, ...settings, document: JSON.stringify(document) };
      return (
        (await query(insertProvider, { ...parameters, max: limits.providersMax })).length === 1
      );
    },
    update: async (id, { name, status, priority, maxWorkers, document }) => {
      const parameters = { id, name, status, priority, maxWorkers };
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
    setStatus: async (id, status) => (await query(setProviderStatus, { id, status })).length === 1,
    remove: async (id) => void (await query(deleteProvider, { id })),
  };
}
