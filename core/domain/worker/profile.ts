/** As in Kubernetes; the only effect that placement knows. */
export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule";
}

/**
 * A kind of machine that workers run on, and the pool rules of those workers. Profiles are
 * configuration of the control plane (`HODEI_PROFILES`), not of a run: a run states what it needs
 * and gets the smallest profile that has it.
 */
export interface MachineProfile {
  readonly name: string;
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Workers kept although idle. */
  readonly minWorkers: number;
  /** Workers in every phase before Terminated. */
  readonly maxWorkers: number;
  /** An idle worker beyond `minWorkers` ends after this long. */
  readonly idleTtlSeconds: number;
  /** A worker drains after this many attempts; null = no bound. */
  readonly maxRunsPerWorker: number | null;
  /** A worker drains at this age; null = no bound. */
  readonly maxAgeSeconds: number | null;
  /** Fargate Spot instead of Fargate. */
  readonly spot: boolean;
}
