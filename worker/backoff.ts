/** A source of randomness in [0, 1); injected so that a test can fix it. */
export type Random = () => number;

const INITIAL_MS = 200;
const MAX_MS = 5_000;

/**
 * How long to wait before the next connection or registration, in milliseconds: full jitter over a
 * window that doubles from 0.2 s to 5 s. Full jitter, because every worker of a gateway loses it in
 * the same instant and an even window would bring them back in the same instant too.
 */
export function reconnectDelayMs(failures: number, random: Random = Math.random): number {
  const window = Math.min(MAX_MS, INITIAL_MS * 2 ** Math.min(failures, 16));
  return Math.floor(random() * window);
}

/** `periodMs` moved by at most ±`share` (0…1), so that periodic work of many workers spreads out. */
export function jitteredMs(periodMs: number, share = 0.1, random: Random = Math.random): number {
  return Math.round(periodMs * (1 - share + 2 * share * random()));
}
