import type { Wake } from "#core/ports/wake.ts";

/**
 * Asks the reconciler to look, at once and then at most once per window: what is asked for within a
 * window is said once at its end, so that nothing that was asked for is forgotten.
 */
export class ThrottledWake {
  readonly #wake: Wake;
  readonly #windowMs: number;
  #window: NodeJS.Timeout | undefined;
  #again = false;

  constructor(wake: Wake, windowMs: number) {
    this.#wake = wake;
    this.#windowMs = windowMs;
  }

  ask(): void {
    if (this.#window) {
      this.#again = true;
      return;
    }
    void this.#wake.wake();
    this.#window = setTimeout(() => this.#close(), this.#windowMs);
    this.#window.unref();
  }

  #close(): void {
    this.#window = undefined;
    if (!this.#again) return;
    this.#again = false;
    this.ask();
  }
}
