/** A count that can be waited for. */
export class Tally {
  #value = 0;
  readonly #waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();

  add(by: number): void {
    this.#value += by;
    for (const one of this.#waiting) if (this.#value >= one.count) one.resolve();
  }

  /** Resolves when it is so many, or when the time is over, with how many it is then. */
  async reached(count: number, timeoutMs: number): Promise<number> {
    if (this.#value >= count) return this.#value;
    const { promise, resolve } = Promise.withResolvers<void>();
    const one = { count, resolve };
    this.#waiting.add(one);
    const timer = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(one);
    return this.#value;
  }
}
