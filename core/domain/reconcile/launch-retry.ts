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
