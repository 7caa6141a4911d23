import {
  listProviders,
  registerProvider,
  removeProvider,
  setProviderStatus,
  updateProvider,
} from "#core/application/manage-providers.ts";
import { type ProviderRecord, statsOf } from "#core/domain/provider/provider-record.ts";
import type {
  ProviderConfig,
  ProviderManagementServiceServer,
  RegisterProviderRequest,
} from "#proto/hodei/providers.ts";
import { callerOf } from "./callers.ts";
import type { Hub } from "./hub.ts";
import {
  checkConfigKind,
  documentOf,
  providerConfig,
  providerCriteria,
  providerKind,
  providerStats,
  providerStatus,
} from "./provider-codec.ts";
import { unary } from "./unary.ts";
import { invalidField, requiredUuid } from "./wire-values.ts";

const MAX_WORKERS_DEFAULT = 10;

/** ProviderManagementService: what makes machines, and whether it may. */
export function providerService(hub: Hub): ProviderManagementServiceServer {
  const { log, providers, newId, submit } = hub.deps;
  const deps = { providers, newId, profiles: submit.profiles };
  const answer = (provider: ProviderRecord | undefined) => ({
    provider: provider && providerConfig(provider),
  });
  const id = ({ providerId }: { providerId: string }) => requiredUuid(providerId, "provider_id");
  const find = async (is: (provider: ProviderRecord) => boolean) =>
    answer((await listProviders(deps)).find(is));
  return {
    registerProvider: unary(log, async (request, call) =>
      answer(await registerProvider(deps, newProvider(request), callerOf(call).label)),
    ),
    getProvider: unary(log, async (request) => {
      const wanted = id(request);
      return find((provider) => provider.id === wanted);
    }),
    getProviderByName: unary(log, ({ name }) => find((provider) => provider.name === name)),
    listProviders: unary(log, async (request) => {
      const meets = providerCriteria(request);
      return { providers: (await listProviders(deps)).filter(meets).map(providerConfig) };
    }),
    updateProvider: unary(log, async ({ provider }, call) => {
      if (!provider) throw invalidField("provider", "is required", "required");
      const wanted = requiredUuid(provider.id, "provider.id");
      const known = (await listProviders(deps)).find((one) => one.id === wanted);
      const settings = settingsOf(provider, known);
      return answer(await updateProvider(deps, wanted, settings, callerOf(call).label));
    }),
    deleteProvider: unary(log, async (request, call) => {
      await removeProvider(deps, id(request), callerOf(call).label);
      return { success: true };
    }),
    enableProvider: unary(log, async (request, call) => {
      const enabled = await setProviderStatus(deps, id(request), "Active", callerOf(call).label);
      await hub.deps.wake.wake(); // runs may wait for a machine of it
      return answer(enabled);
    }),
    disableProvider: unary(log, async (request, call) =>
      answer(await setProviderStatus(deps, id(request), "Disabled", callerOf(call).label)),
    ),
    getProviderStats: unary(log, async () => providerStats(statsOf(await listProviders(deps)))),
  };
}

function newProvider(request: RegisterProviderRequest) {
  const { name, providerType, typeConfig, priority = 0, tags, metadata } = request;
  const kind = providerKind(providerType, "provider_type");
  checkConfigKind(typeConfig, kind, "type_config");
  const { maxWorkers = MAX_WORKERS_DEFAULT } = request;
  const document = documentOf({ tags, metadata, ...(typeConfig && { typeConfig }) });
  return { name, kind, priority, maxWorkers, document };
}

/** `known`: the provider as it is, whose type cannot be changed. */
function settingsOf(provider: ProviderConfig, known: ProviderRecord | undefined) {
  const { name, priority, maxWorkers, providerType, typeConfig } = provider;
  const kind = providerType ? providerKind(providerType, "provider.provider_type") : known?.kind;
  if (known && kind !== known.kind)
    throw invalidField("provider.provider_type", "cannot be changed", known.kind);
  if (known) checkConfigKind(typeConfig, known.kind, "provider.type_config");
  const status = providerStatus(provider.status, "provider.status");
  return { name, status, priority, maxWorkers, document: documentOf(provider) };
}
