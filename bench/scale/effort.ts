/** How large everything is. */
export interface ScaleEffort {
  /** Processes that the stub workers are spread over. */
  readonly clients: number;
  readonly idle: { readonly workers: number; readonly windowMs: number };
  readonly reconnect: { readonly workers: number };
  readonly pending: { readonly few: number; readonly many: number; readonly repeats: number };
  readonly history: {
    readonly runs: number;
    readonly expired: number;
    readonly drainJobs: number;
    readonly callers: number;
    readonly sustainMs: number;
    readonly repeats: number;
  };
  readonly logs: {
    readonly workers: number;
    readonly linesPerSecond: number;
    readonly durationMs: number;
  };
}

/** `npm run bench:scale`: minutes. */
export const FULL: ScaleEffort = {
  clients: 4,
  idle: { workers: 10_000, windowMs: 30_000 },
  reconnect: { workers: 1_000 },
  pending: { few: 500, many: 50_000, repeats: 40 },
  history: {
    runs: 1_000_000,
    expired: 20_000,
    drainJobs: 10_000,
    callers: 16,
    sustainMs: 4_000,
    repeats: 40,
  },
  logs: { workers: 50, linesPerSecond: 50_000, durationMs: 40_000 },
};

/** For a test: seconds, and the same ratios. */
export const SHORT: ScaleEffort = {
  clients: 1,
  idle: { workers: 200, windowMs: 1_000 },
  reconnect: { workers: 200 },
  pending: { few: 500, many: 10_000, repeats: 10 },
  history: {
    runs: 20_000,
    expired: 1_000,
    drainJobs: 500,
    callers: 4,
    sustainMs: 500,
    repeats: 10,
  },
  logs: { workers: 20, linesPerSecond: 10_000, durationMs: 6_000 },
};
