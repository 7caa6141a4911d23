/** The JSON of the HTTP API about what runs used, as both sides of the wire see it; as in `api.ts`. */

/** What an attempt used for a while. CPU is in percent of all cores of its worker. */
export interface UsagePointBody {
  readonly runId: string;
  readonly attempt: number;
  readonly workerId: string;
  /** Begin of the span: a minute, later a quarter of an hour. */
  readonly at: string;
  /** Of the newest report in it. */
  readonly lastAt: string;
  readonly reports: number;
  readonly cpuPercent: number;
  readonly cpuPercentMax: number;
  readonly memoryBytes: number;
  readonly memoryBytesMax: number;
  /** Of the worker; 0 = unknown. */
  readonly memoryTotalBytes: number;
  readonly diskBytesMax: number;
  /** What workers report under names of their own, as the newest report has it. */
  readonly custom: Readonly<Record<string, number>>;
}

export interface UsageTotalBody {
  readonly firstAt: string;
  readonly lastAt: string;
  readonly reports: number;
  readonly cpuPercent: number;
  readonly cpuPercentMax: number;
  readonly memoryBytes: number;
  readonly memoryBytesMax: number;
  readonly diskBytesMax: number;
}

export interface UsageBody {
  /** Averages and maxima over the time that was asked for; null = nothing was reported. */
  readonly total: UsageTotalBody | null;
  /** The total is of the newest points alone: there are too many. */
  readonly isCut: boolean;
  /** The newest, in order of time. */
  readonly points: readonly UsagePointBody[];
}
