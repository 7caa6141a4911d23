import {
  hasCapacity,
  type ProviderKind,
  type ProviderRecord,
  type ProviderSettings,
  type ProviderStats,
  type ProviderStatus,
} from "#core/domain/provider/provider-record.ts";
import {
  type GetProviderStatsResponse,
  type ListProvidersRequest,
  ProviderCapabilities,
  ProviderConfig,
  ProviderTypeConfig,
  ProviderType as WireKind,
  ProviderStatus as WireStatus,
} from "#proto/hodei/providers.ts";
import { invalidField } from "./wire-values.ts";

const KINDS: Readonly<Record<ProviderKind, WireKind>> = {
  docker: WireKind.PROVIDER_TYPE_DOCKER,
  kubernetes: WireKind.PROVIDER_TYPE_KUBERNETES,
  fargate: WireKind.PROVIDER_TYPE_FARGATE,
  "cloud-run": WireKind.PROVIDER_TYPE_CLOUD_RUN,
  "container-apps": WireKind.PROVIDER_TYPE_CONTAINER_APPS,
  lambda: WireKind.PROVIDER_TYPE_LAMBDA,
  "cloud-functions": WireKind.PROVIDER_TYPE_CLOUD_FUNCTIONS,
  "azure-functions": WireKind.PROVIDER_TYPE_AZURE_FUNCTIONS,
  ec2: WireKind.PROVIDER_TYPE_EC2,
  "compute-engine": WireKind.PROVIDER_TYPE_COMPUTE_ENGINE,
  "azure-vms": WireKind.PROVIDER_TYPE_AZURE_VMS,
  "bare-metal": WireKind.PROVIDER_TYPE_BARE_METAL,
  custom: WireKind.PROVIDER_TYPE_CUSTOM,
};

const STATUSES: Readonly<Record<ProviderStatus, WireStatus>> = {
  Active: WireStatus.PROVIDER_STATUS_ACTIVE,
  Maintenance: WireStatus.PROVIDER_STATUS_MAINTENANCE,
  Disabled: WireStatus.PROVIDER_STATUS_DISABLED,
  Overloaded: WireStatus.PROVIDER_STATUS_OVERLOADED,
  Unhealthy: WireStatus.PROVIDER_STATUS_UNHEALTHY,
  Degraded: WireStatus.PROVIDER_STATUS_DEGRADED,
};

function named<Name extends string>(
  names: Readonly<Record<Name, number>>,
  value: number,
): Name | undefined {
  return (Object.keys(names) as Name[]).find((name) => names[name] === value);
}

/** Throws InvalidRequest for none and for one that nobody knows (12 is two things). */
export function providerKind(value: WireKind, path: string): ProviderKind {
  const kind = named(KINDS, value);
  if (!kind) throw invalidField(path, "is not a type of provider", "a declared type");
  return kind;
}

/** null = not said. Throws InvalidRequest for one that nobody knows. */
export function providerStatus(value: WireStatus, path: string): ProviderStatus | null {
  if (value === WireStatus.PROVIDER_STATUS_UNSPECIFIED) return null;
  const status = named(STATUSES, value);
  if (!status) throw invalidField(path, "is not a status of a provider", "a declared status");
  return status;
}

const CONFIG_KINDS: Readonly<Record<string, ProviderKind>> = {
  docker: "docker",
  kubernetes: "kubernetes",
  lambda: "lambda",
  ec2: "ec2",
};

/** A configuration says of which kind of provider it is. */
export function checkConfigKind(
  config: ProviderTypeConfig | undefined,
  kind: ProviderKind,
  path: string,
): void {
  const of = config?.config?.$case;
  if (of !== undefined && CONFIG_KINDS[of] !== kind)
    throw invalidField(path, `is of ${of}, the provider of ${kind}`, `a configuration of ${kind}`);
}

type Said = Partial<
  Pick<
    ProviderConfig,
    | "capabilities"
    | "typeConfig"
    | "tags"
    | "metadata"
    | "preferredRegion"
    | "allowedRegions"
    | "requiredLabels"
    | "annotations"
  >
>;

/** What is kept as it was said, as plain data. */
export const documentOf = (said: Said): ProviderSettings["document"] => ({
  ...(said.capabilities && { capabilities: said.capabilities }),
  ...(said.typeConfig && { typeConfig: said.typeConfig }),
  ...(said.preferredRegion !== undefined && { preferredRegion: said.preferredRegion }),
  tags: said.tags ?? [],
  metadata: said.metadata ?? {},
  allowedRegions: said.allowedRegions ?? [],
  requiredLabels: said.requiredLabels ?? {},
  annotations: said.annotations ?? {},
});

export function providerConfig(provider: ProviderRecord): ProviderConfig {
  const { capabilities, typeConfig, ...said } = provider.document as Said;
  return {
    ...ProviderConfig.fromPartial(said),
    id: provider.id,
    name: provider.name,
    providerType: KINDS[provider.kind],
    status: STATUSES[provider.status],
    priority: provider.priority,
    maxWorkers: provider.maxWorkers,
    activeWorkers: provider.activeWorkers,
    capabilities: capabilities && ProviderCapabilities.fromPartial(capabilities),
    typeConfig: typeConfig && ProviderTypeConfig.fromPartial(typeConfig),
    createdAt: new Date(provider.createdAt).toISOString(),
    updatedAt: new Date(provider.updatedAt).toISOString(),
  };
}

/** Whether a provider meets every criterion of the request. */
export function providerCriteria(
  request: ListProvidersRequest,
): (provider: ProviderRecord) => boolean {
  const { providerType, status, onlyWithCapacity } = request;
  const kind = providerType ? providerKind(providerType, "provider_type") : null;
  const wanted = status === undefined ? null : providerStatus(status, "status");
  return (provider) =>
    (kind === null || provider.kind === kind) &&
    (wanted === null || provider.status === wanted) &&
    (!onlyWithCapacity || hasCapacity(provider));
}

export const providerStats = (stats: ProviderStats): GetProviderStatsResponse => ({
  totalProviders: stats.total,
  enabledProviders: stats.enabled,
  providersWithCapacity: stats.withCapacity,
  totalMaxWorkers: stats.maxWorkers,
  totalActiveWorkers: stats.activeWorkers,
  utilizationPercent: stats.utilizationPercent,
});
