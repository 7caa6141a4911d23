import type { SqlClient } from "#adapters/store/sql-client.ts";
import type { ProviderDeps } from "#core/application/manage-providers.ts";
import type { ProviderOperations } from "#core/application/provider-operations.ts";
import type { Wake } from "#core/ports/wake.ts";

/** The use cases of providers, loaded when somebody asks for one: seldom, and a start is paid for by all. */
export function composeProviders(
  sql: SqlClient,
  deps: Omit<ProviderDeps, "providers"> & { readonly wake: Pick<Wake, "wake"> },
): ProviderOperations {
  const load = async (): Promise<ProviderOperations> => {
    const [{ createProviderRecords }, { providerOperations }] = await Promise.all([
      import("#adapters/store/provider-records.ts"),
      import("#core/application/provider-operations.ts"),
    ]);
    return providerOperations({ ...deps, providers: createProviderRecords(sql) });
  };
  return {
    list: async () => (await load()).list(),
    find: async (...args) => (await load()).find(...args),
    register: async (...args) => (await load()).register(...args),
    change: async (...args) => (await load()).change(...args),
    setStatus: async (...args) => (await load()).setStatus(...args),
    remove: async (...args) => (await load()).remove(...args),
  };
}
