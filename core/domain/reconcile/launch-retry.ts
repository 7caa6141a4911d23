import { limits } from "../limits.ts";

/**
 * Milliseconds until a failed launch is tried again: doubling from 2 s to 1 min, spread over
 * [½, 1] of it so that many rows do not knock together. `draw` in [0, 1).
 */
export function launchRetryMs(failures: number, draw: number): number {
  const wait = Math.min(
    limits.launchRetryInitialMs * 2 ** Math.min(failures, 20),
    limits.launchRetryMaxMs,
  );
  return Math.round(wait * (0.5 + draw / 2));
}

/**
 * Milliseconds a profile rests after its newest machines ended before a worker was ready, in a
 * row: none for the first ones, then doubling to 1 min, so that a broken image is no storm.
 */
export function restAfterFailuresMs(failures: number): number {
  const beyond = failures - limits.failingProfileFree;
  if (beyond < 0) return 0;
  return Math.min(limits.launchRetryInitialMs * 2 ** Math.min(beyond, 20), limits.launchRetryMaxMs);
}
