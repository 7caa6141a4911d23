interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly settle: PromiseWithResolvers<Answer>;
}

/**
 * Adaptive batching without timers: one call under way, what arrives meanwhile goes into the next,
 * up to a bound. At low load an item goes at once and alone; under load the batches grow by
 * themselves and the cost per item falls. `run` answers one value per item, in order; when it
 * throws, every item of that batch is rejected with it, and no other.
 */
export class AdaptiveBatch<Item, Answer> {
  readonly #run: (items: Item[]) => Promise<readonly Answer[]>;
  readonly #itemsMax: number;
  readonly #waiting: Waiting<Item, Answer>[] = [];
  #underWay: Promise<void> | null = null;

  constructor(run: (items: Item[]) => Promise<readonly Answer[]>, itemsMax: number) {
    this.#run = run;
    this.#itemsMax = itemsMax;
  }

  add(item: Item): Promise<Answer> {
    const settle = Promise.withResolvers<Answer>();
    this.#waiting.push({ item, settle });
    this.#underWay ??= this.#drain();
    return settle.promise;
  }

  /** Resolves when everything that was added is answered. */
  async idle(): Promise<void> {
    await this.#underWay;
  }

  async #drain(): Promise<void> {
    // What arrives in the same turn of the event loop still joins the first batch.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#runOne(this.#waiting.splice(0, this.#itemsMax));
    this.#underWay = null;
  }

  async #runOne(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.#run(batch.map(({ item }) => item));
      batch.forEach(({ settle }, index) => {
        settle.resolve(answers[index] as Answer);
      });
    } catch (error) {
      for (const { settle } of batch) settle.reject(error);
    }
  }
}
