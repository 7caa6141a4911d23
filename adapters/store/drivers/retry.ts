import type { SqlError } from "../sql-client.ts";

/** How often and how long a driver repeats a statement before it answers `unavailable`. */
export interface RetryPolicy {
  readonly attemptsMax: number;
  readonly firstWaitMs: number;
  readonly waitMaxMs: number;
  /** Counted from the first attempt; no attempt starts later. */
  readonly totalMs: number;
}

/** What a driver says of a failed attempt. `policy` null = repeating cannot help. */
export interface Judgement {
  readonly error: SqlError;
  readonly policy: RetryPolicy | null;
}

/** The passing of time, replaceable in tests. */
export interface Pace {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** 0 ≤ n < 1. */
  random(): number;
}

export const realPace: Pace = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

/** Doubles from `firstWaitMs` to `waitMaxMs`; half of it is chance, so that callers spread out. */
export function waitMs(policy: RetryPolicy, failures: number, random: number): number {
  const full = Math.min(policy.waitMaxMs, policy.firstWaitMs * 2 ** (failures - 1));
  return full / 2 + (full / 2) * random;
}

/** Runs until it succeeds, cannot be helped, or the policy of its last failure is used up. */
export async function withRetries<T>(
  run: () => Promise<T>,
  judge: (failure: unknown) => Judgement,
  pace: Pace,
): Promise<T> {
  const begin = pace.now();
  for (let failures = 1; ; failures++) {
    try {
      return await run();
    } catch (failure) {
      const { error, policy } = judge(failure);
      if (policy === null || failures >= policy.attemptsMax) throw error;
      const wait = waitMs(policy, failures, pace.random());
      if (pace.now() - begin + wait > policy.totalMs) throw error;
      await pace.sleep(wait);
    }
  }
}
