import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Everything random of one simulation: the same seed draws the same, in the same order. */
export class Draw {
  readonly #source: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number) {
    this.#source = xoroshiro128plus(seed);
  }

  /** In [0, 1). */
  fraction(): number {
    return uniformFloat64(this.#source);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** From `low` to `high`, both included. */
  int(low: number, high: number): number {
    return uniformInt(this.#source, low, high);
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new Error("nothing to pick from");
    return from[this.int(0, from.length - 1)] as T;
  }

  /** A UUID that looks like those of the platform. */
  uuid(): string {
    const hex = Array.from({ length: 8 }, () => this.int(0, 0xffff).toString(16).padStart(4, "0"));
    const [a, b, c, d, e, f, g, h] = hex as [string, ...string[]];
    return `${a}${b}-${c}-7${d?.slice(1)}-8${e?.slice(1)}-${f}${g}${h}`;
  }
}
