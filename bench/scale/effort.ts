/** How large everything is. */
export interface ScaleEffort {
  /** Processes that the stub workers are spread over. */
  readonly clients: number;
  readonly idle: { readonly workers: number; readonly windowMs: number };
  readonly reconnect: { readonly workers: number };
  readonly pending: { readonly few: number; readonly many: number; readonly repeats: number };
  readonly history: {
    readonly few: number;
    readonly many: number;
    readonly expired: number;
    readonly repeats: number;
    /** Runs that a gateway moves meanwhile; null: there is no gateway. */
    readonly moves: Moves | null;
  };
  readonly logs: {
    readonly workers: number;
    readonly linesPerSecond: number;
    readonly durationMs: number;
  };
}

export interface Moves {
  readonly drainJobs: number;
  readonly callers: number;
  readonly sustainMs: number;
}

/** `npm run bench:scale`: minutes. */
export const FULL: ScaleEffort = {
  clients: 4,
  idle: { workers: 10_000, windowMs: 30_000 },
  reconnect: { workers: 1_000 },
  pending: { few: 500, many: 50_000, repeats: 40 },
  history: {
    few: 25_000,
    many: 1_000_000,
    expired: 20_000,
    repeats: 40,
    moves: { drainJobs: 10_000, callers: 16, sustainMs: 4_000 },
  },
  logs: { workers: 50, linesPerSecond: 50_000, durationMs: 40_000 },
};

/** For a test: seconds, and the same ratios. */
export const SHORT: ScaleEffort = {
  clients: 1,
  idle: { workers: 200, windowMs: 1_000 },
  reconnect: { workers: 200 },
  pending: { few: 500, many: 10_000, repeats: 20 },
  history: { few: 2_000, many: 40_000, expired: 1_000, repeats: 20, moves: null },
  logs: { workers: 20, linesPerSecond: 10_000, durationMs: 4_000 },
};
