import type { Draw } from "./draw.ts";
import type { Planned, Timeline } from "./timeline.ts";

/** The wall clock's beginning, at an instant long ago: who reads the real one is far off. */
export const EPOCH_MS = Date.UTC(2001, 0, 1);

/**
 * The clocks, timers and chance of the programs under simulation, in place of the real ones: they
 * know nothing of it. Wall clocks are wrong, each process's by its own skew; the monotonic clock is
 * the timeline. Answers how to put the real ones back.
 */
export function installVirtualGlobals(timeline: Timeline, draw: Draw): () => void {
  const real = {
    ...{ setTimeout, setInterval, clearTimeout, clearInterval },
    ...{ now: Date.now, monotonic: performance.now, random: Math.random },
  };
  const clear = (timer: unknown) => {
    if (timer instanceof VirtualTimer) timer.cancel();
    else real.clearTimeout(timer as NodeJS.Timeout);
  };
  Object.assign(globalThis, {
    setTimeout: (act: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
      new VirtualTimer(timeline, () => act(...args), ms, false),
    setInterval: (act: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
      new VirtualTimer(timeline, () => act(...args), ms, true),
    clearTimeout: clear,
    clearInterval: clear,
  });
  Date.now = () => EPOCH_MS + Math.floor(timeline.nowMs) + (timeline.current?.skewMs ?? 0);
  performance.now = () => timeline.nowMs;
  Math.random = () => draw.fraction();
  return () => {
    const { now, monotonic, random, ...timers } = real;
    Object.assign(globalThis, timers);
    Date.now = now;
    performance.now = monotonic;
    Math.random = random;
  };
}

/** As much of a NodeJS.Timeout as is used. */
class VirtualTimer {
  readonly #timeline: Timeline;
  readonly #act: () => void;
  readonly #ms: number;
  readonly #again: boolean;
  readonly #process: Timeline["current"];
  #planned: Planned;

  constructor(timeline: Timeline, act: () => void, ms: number, again: boolean) {
    this.#timeline = timeline;
    this.#act = act;
    this.#ms = Math.max(1, ms);
    this.#again = again;
    this.#process = timeline.current;
    this.#planned = this.#plan();
  }

  cancel(): void {
    this.#planned.cancelled = true;
  }

  refresh(): this {
    this.cancel();
    this.#planned = this.#plan();
    return this;
  }

  unref(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  #plan(): Planned {
    return this.#timeline.after(this.#ms, this.#process, () => {
      if (this.#again) this.#planned = this.#plan();
      this.#act();
    });
  }
}
