import type { Log } from "#core/ports/log.ts";

/**
 * A level-triggered loop: `poke` asks for a pass; pokes during a pass make exactly one more; a
 * period is the net below for lost pokes. A pass that fails is logged and repeated by the next.
 */
export class Pass {
  readonly #name: string;
  readonly #once: () => Promise<void>;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(name: string, once: () => Promise<void>, log: Log) {
    this.#name = name;
    this.#once = once;
    this.#log = log;
  }

  start(periodMs: number): void {
    this.#timer = setInterval(() => this.poke(), periodMs);
    this.#timer.unref();
  }

  poke(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#again) {
        this.#again = false;
        this.poke();
      }
    });
  }

  /** Resolves when a pass that began from now on is over, well or not. */
  async next(): Promise<void> {
    await this.#running; // began before
    this.poke();
    await this.#running;
  }

  /** No pass starts any more; resolves when the one under way is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      await this.#once();
    } catch (error) {
      this.#log.error({ pass: this.#name, err: error }, "a pass failed, the next repeats it");
    }
  }
}
