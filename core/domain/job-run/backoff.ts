import type { Backoff } from "../spec/run-spec.ts";

/**
 * Milliseconds a run waits after its n-th charged failure (n from 1), counted from the end of the
 * attempt: initial × factor^(n−1), capped, then spread by the jitter. As the Job controller of
 * Kubernetes (10 s, doubling, cap 6 min), configurable per run. `draw` is a number in [0, 1).
 */
export function backoffMs(backoff: Backoff, failures: number, draw: number): number {
  const exponent = Math.min(Math.max(failures, 1) - 1, 60); // 2^60 is beyond every cap
  const wait = Math.min(backoff.initialSeconds * backoff.factor ** exponent, backoff.maxSeconds);
  const spread = 1 - backoff.jitter + 2 * backoff.jitter * draw;
  return Math.round(Math.min(wait * spread, backoff.maxSeconds) * 1000);
}
