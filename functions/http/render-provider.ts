/** Providers → the JSON of the API. */
import { hasCapacity, type ProviderRecord } from "#core/domain/provider/provider-record.ts";
import type { ProviderBody, ProviderCapabilitiesBody } from "#core/domain/spec/provider-api.ts";
import { instant } from "./render.ts";

/** What is kept of it as it was said; gRPC and HTTP write the same. */
type Said = Partial<Pick<ProviderBody, "tags" | "metadata" | "preferredRegion">> &
  Partial<Pick<ProviderBody, "allowedRegions" | "requiredLabels" | "annotations">> & {
    readonly capabilities?: Partial<ProviderCapabilitiesBody>;
    readonly typeConfig?: { readonly config?: { readonly value?: Record<string, unknown> } };
  };

/** A provider, with an empty list or map, or null, for what nobody said. */
export function renderProvider(provider: ProviderRecord): ProviderBody {
  const { id, name, kind, status, ofInstall, priority, maxWorkers, activeWorkers } = provider;
  const said: Said = provider.document;
  return {
    ...{ id, name, kind, status, ofInstall, hasCapacity: hasCapacity(provider) },
    ...{ priority, maxWorkers, activeWorkers },
    capabilities: said.capabilities ? renderCapabilities(said.capabilities) : null,
    config: said.typeConfig?.config?.value ?? null,
    tags: said.tags ?? [],
    metadata: said.metadata ?? {},
    preferredRegion: said.preferredRegion ?? null,
    allowedRegions: said.allowedRegions ?? [],
    requiredLabels: said.requiredLabels ?? {},
    annotations: said.annotations ?? {},
    createdAt: instant(provider.createdAt),
    updatedAt: instant(provider.updatedAt),
  };
}

const NO_RESOURCES = { maxCpuCores: 0, maxMemoryBytes: 0, maxDiskBytes: 0, maxGpuCount: 0 };

const renderCapabilities = (said: Partial<ProviderCapabilitiesBody>): ProviderCapabilitiesBody => ({
  maxResources: said.maxResources ? { ...NO_RESOURCES, ...said.maxResources } : null,
  gpuSupport: said.gpuSupport ?? false,
  gpuTypes: said.gpuTypes ?? [],
  architectures: said.architectures ?? [],
  runtimes: said.runtimes ?? [],
  regions: said.regions ?? [],
  maxExecutionTimeSeconds: said.maxExecutionTimeSeconds ?? null,
  persistentStorage: said.persistentStorage ?? false,
  customNetworking: said.customNetworking ?? false,
});
