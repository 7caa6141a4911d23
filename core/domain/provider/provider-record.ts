/** What kind of machines it makes. */
export const PROVIDER_KINDS = [
  "docker",
  "kubernetes",
  "fargate",
  "cloud-run",
  "container-apps",
  "lambda",
  "cloud-functions",
  "azure-functions",
  "ec2",
  "compute-engine",
  "azure-vms",
  "bare-metal",
  "custom",
] as const;
export type ProviderKind = (typeof PROVIDER_KINDS)[number];

/** Only an Active one may launch machines; the other words say why it may not. */
export const PROVIDER_STATUSES = [
  "Active",
  "Maintenance",
  "Disabled",
  "Overloaded",
  "Unhealthy",
  "Degraded",
] as const;
export type ProviderStatus = (typeof PROVIDER_STATUSES)[number];

/** What its owner may say of a provider. */
export interface ProviderSettings {
  readonly name: string;
  readonly status: ProviderStatus;
  /** Shown in this order, the highest first. */
  readonly priority: number;
  readonly maxWorkers: number;
  /** Plain data that nothing here decides on. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** A provider as it is kept. */
export interface ProviderRecord extends ProviderSettings {
  readonly id: string;
  readonly kind: ProviderKind;
  /** true: the machines of this install are launched with it. */
  readonly ofInstall: boolean;
  /** Workers whose machine it made and that are not gone. */
  readonly activeWorkers: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export const isEnabled = ({ status }: Pick<ProviderRecord, "status">): boolean =>
  status === "Active";

/** It may launch, and has room to. */
export const hasCapacity = (provider: ProviderRecord): boolean =>
  isEnabled(provider) && provider.activeWorkers < provider.maxWorkers;

/** Sums over providers. */
export interface ProviderStats {
  readonly total: number;
  readonly enabled: number;
  readonly withCapacity: number;
  readonly maxWorkers: number;
  readonly activeWorkers: number;
  /** Active of possible workers; 0 when there can be none. */
  readonly utilizationPercent: number;
}

/** The sums over these providers. */
export function statsOf(providers: readonly ProviderRecord[]): ProviderStats {
  const sum = (of: (provider: ProviderRecord) => number) =>
    providers.reduce((total, provider) => total + of(provider), 0);
  const maxWorkers = sum((provider) => provider.maxWorkers);
  const activeWorkers = sum((provider) => provider.activeWorkers);
  return {
    total: providers.length,
    enabled: providers.filter(isEnabled).length,
    withCapacity: providers.filter(hasCapacity).length,
    ...{ maxWorkers, activeWorkers },
    utilizationPercent: maxWorkers === 0 ? 0 : (100 * activeWorkers) / maxWorkers,
  };
}
