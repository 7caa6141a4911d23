import { jitteredMs } from "./backoff.ts";

/**
 * Beats at once and then every period ±10 %, and remembers when each beat was sent until it is
 * answered. Answers come in the order of the beats; an answer without a beat is no answer.
 */
export class HeartbeatLoop {
  readonly #periodMs: number;
  readonly #beat: () => void;
  #sentAt: number[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(periodMs: number, beat: () => void) {
    this.#periodMs = periodMs;
    this.#beat = beat;
  }

  /** How long the oldest beat without an answer has waited, 0 = none waits. */
  get longestWaitMs(): number {
    const [oldest] = this.#sentAt;
    return oldest === undefined ? 0 : performance.now() - oldest;
  }

  start(): void {
    this.#sentAt.push(performance.now());
    this.#beat();
    this.#timer = setTimeout(() => this.start(), jitteredMs(this.#periodMs));
  }

  /** Takes one answer; returns when the beat it answers was sent, or null. */
  answered(): number | null {
    return this.#sentAt.shift() ?? null;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
