/** After an answer that took long to find, nobody asks again for this many times as long. */
const REST_FACTOR = 20;

/**
 * An answer that costs much, found for all who ask at once, and given again while it is fresh. One
 * that failed is looked for again by the next who asks.
 */
export class Paced<Answer> {
  readonly #find: () => Promise<Answer>;
  readonly #freshMs: number;
  #known: Promise<Answer> | null = null;
  /** Monotonic ms. */
  #freshUntil = 0;

  constructor(find: () => Promise<Answer>, freshMs: number) {
    this.#find = find;
    this.#freshMs = freshMs;
  }

  ask(): Promise<Answer> {
    const startedAt = performance.now();
    if (this.#known && startedAt < this.#freshUntil) return this.#known;
    const asked = this.#find();
    this.#known = asked;
    this.#freshUntil = Number.POSITIVE_INFINITY;
    asked.then(
      () => {
        const now = performance.now();
        this.#freshUntil = now + Math.max(this.#freshMs, REST_FACTOR * (now - startedAt));
      },
      () => {
        this.#known = null;
      },
    );
    return asked;
  }
}
