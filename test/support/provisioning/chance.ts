/** Chance that is the same for the same seed (mulberry32): a schedule can be played again. */
export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, n). */
  below(n: number): number;
  /** true in one of `n` cases. */
  oneIn(n: number): boolean;
  /** undefined of nothing. */
  pick<T>(of: readonly T[]): T | undefined;
}

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (n: number) => Math.floor(next() * n);
  return { next, below, oneIn: (n) => below(n) === 0, pick: (of) => of[below(of.length)] };
}
