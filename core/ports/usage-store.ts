/** Reports of one execution put together, as a gateway gathered them. Instants are epoch ms of the gateway. */
export interface UsageSpan {
  readonly executionId: string;
  readonly fence: number;
  readonly workerId: string;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly reports: number;
  /** Percent of all cores, over all reports. */
  readonly cpuSum: number;
  readonly cpuMax: number;
  /** Bytes, over all reports. */
  readonly memorySum: number;
  readonly memoryMax: number;
  /** Of the machine; 0 = unknown. */
  readonly memoryTotal: number;
  readonly diskMax: number;
  /** As the newest report has it. */
  readonly custom: Readonly<Record<string, number>>;
}

/** What an attempt used for a while. */
export interface UsagePoint {
  readonly runId: string;
  readonly attempt: number;
  readonly workerId: string;
  /** Begin of the span, epoch ms. */
  readonly at: number;
  /** Of its newest report. */
  readonly lastAt: number;
  readonly reports: number;
  readonly cpuPercent: number;
  readonly cpuPercentMax: number;
  readonly memoryBytes: number;
  readonly memoryBytesMax: number;
  readonly memoryTotalBytes: number;
  readonly diskBytesMax: number;
  readonly custom: Readonly<Record<string, number>>;
}

/** Over all points of a question. */
export interface UsageTotal {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly reports: number;
  readonly cpuPercent: number;
  readonly cpuPercentMax: number;
  readonly memoryBytes: number;
  readonly memoryBytesMax: number;
  readonly diskBytesMax: number;
}

export interface UsageQuery {
  /** null = all of the run. */
  readonly attempt: number | null;
  /** Epoch ms, both ends included: what was reported then; null = without end. */
  readonly from: number | null;
  readonly to: number | null;
  /** How many points, the newest. */
  readonly limit: number;
}

export interface UsageView {
  readonly now: number;
  /** When the run or worker ended; null = it has not. */
  readonly endedAt: number | null;
  /** null = nothing was reported. */
  readonly total: UsageTotal | null;
  /** There are older points that are neither in the total nor here. */
  readonly isCut: boolean;
  /** In order of time. */
  readonly points: readonly UsagePoint[];
}

/** What people ask of usage. Throws DomainError StoreUnavailable as the control store. */
export interface UsageReader {
  /** null = no such run. */
  ofRun(runId: string, query: UsageQuery): Promise<UsageView | null>;
  /** While it had runs; null = no such worker. */
  ofWorker(workerId: string, query: UsageQuery): Promise<UsageView | null>;
}

/** Usage as it is kept: of attempts, in spans, for `limits.usageRetentionMs`. */
export interface UsageStore extends UsageReader {
  /**
   * Adds each to the span it falls into; what is in it already, sent again, and what is of no attempt of
   * that worker changes nothing. Of one execution at most one.
   */
  addUsage(spans: readonly UsageSpan[]): Promise<void>;
}
