/** The JSON of the HTTP API about providers, as both sides of the wire see it; as in `api.ts`. */
import type { ProviderKind, ProviderStatus } from "../provider/provider-record.ts";

export {
  PROVIDER_KINDS,
  PROVIDER_STATUSES,
  type ProviderKind,
  type ProviderStatus,
} from "../provider/provider-record.ts";

/** What its machines could be, as its owner says. Nothing here decides on it. */
export interface ProviderCapabilitiesBody {
  readonly maxResources: {
    readonly maxCpuCores: number;
    readonly maxMemoryBytes: number;
    readonly maxDiskBytes: number;
    readonly maxGpuCount: number;
  } | null;
  readonly gpuSupport: boolean;
  readonly gpuTypes: readonly string[];
  readonly architectures: readonly string[];
  readonly runtimes: readonly string[];
  readonly regions: readonly string[];
  readonly maxExecutionTimeSeconds: number | null;
  readonly persistentStorage: boolean;
  readonly customNetworking: boolean;
}

export interface ProviderBody {
  readonly id: string;
  readonly name: string;
  readonly kind: ProviderKind;
  /** Only an Active one launches machines; the other words say why it does not. */
  readonly status: ProviderStatus;
  /** true: the machines of this install are launched with it. */
  readonly ofInstall: boolean;
  /** It is Active and has fewer workers than it may have. */
  readonly hasCapacity: boolean;
  readonly priority: number;
  readonly maxWorkers: number;
  readonly activeWorkers: number;
  readonly capabilities: ProviderCapabilitiesBody | null;
  /** What goes with its kind. */
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly preferredRegion: string | null;
  readonly allowedRegions: readonly string[];
  readonly requiredLabels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ProviderListBody {
  /** Higher priority first, then by name. */
  readonly providers: readonly ProviderBody[];
}

/** Sums over all providers. */
export interface ProviderStatsBody {
  readonly total: number;
  readonly enabled: number;
  readonly withCapacity: number;
  readonly maxWorkers: number;
  readonly activeWorkers: number;
  /** Active of possible workers; 0 when there can be none. */
  readonly utilizationPercent: number;
}

export interface DeletedProviderBody {
  /** false: there was none. */
  readonly deleted: boolean;
}
