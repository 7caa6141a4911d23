import type { Draw } from "./draw.ts";

/** Real ones: while a simulation runs, the global ones are the timeline's. */
const turn = setImmediate;

/** Something that can be killed and frozen: what it planned happens only while it lives. */
export class VirtualProcess {
  readonly name: string;
  /** How wrong its wall clock is, in milliseconds. */
  readonly skewMs: number;
  alive = true;
  frozenUntil = 0;

  constructor(name: string, skewMs = 0) {
    this.name = name;
    this.skewMs = skewMs;
  }

  kill(): void {
    this.alive = false;
  }

  freeze(untilMs: number): void {
    this.frozenUntil = Math.max(this.frozenUntil, untilMs);
  }
}

export interface Planned {
  dueMs: number;
  /** Of what was put off by a frozen process: when it was due, for it keeps its order. */
  wasDueMs: number;
  readonly tie: number;
  readonly process: VirtualProcess | null;
  readonly act: () => void | Promise<void>;
  /** What happens although the process died: it was on its way already. */
  readonly afterDeath: (() => void | Promise<void>) | null;
  cancelled: boolean;
}

interface Plan {
  readonly afterDeath?: () => void | Promise<void>;
  /** Not before this, in milliseconds since the beginning. */
  readonly notBefore?: number;
  /** Before everything else of its instant. */
  readonly first?: boolean;
}

/**
 * Time, and everything that is going to happen. One event at a time: it is acted on, and everything
 * that follows from it without waiting has happened before the next one is looked at. Of events that
 * are due at once the draw decides which is first.
 */
export class Timeline {
  readonly #draw: Draw;
  readonly #planned: Planned[] = [];
  #nowMs = 0;
  /** Whose event is being acted on; what is planned meanwhile is its. */
  current: VirtualProcess | null = null;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  /** Milliseconds since the beginning. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Plans something; a process that is dead by then does not do it. */
  after(delayMs: number, process: VirtualProcess | null, act: Planned["act"], plan: Plan = {}) {
    const dueMs = Math.max(this.#nowMs + Math.max(0, delayMs), plan.notBefore ?? 0);
    const planned: Planned = {
      ...{ dueMs, process, act, wasDueMs: 0, cancelled: false },
      afterDeath: plan.afterDeath ?? null,
      tie: plan.first ? -1 : this.#draw.fraction(),
    };
    this.#insert(planned);
    return planned;
  }

  /** Goes on until `isOver` or until nothing is planned before `untilMs`; true = it was over. */
  async run(isOver: () => boolean, untilMs: number): Promise<boolean> {
    while (!isOver()) {
      const next = this.#planned.pop();
      if (!next || next.dueMs > untilMs) {
        if (next) this.#planned.push(next);
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return false;
      }
      if (!next.cancelled) await this.#happen(next);
    }
    return true;
  }

  async #happen(planned: Planned): Promise<void> {
    const { process } = planned;
    if (process?.alive && process.frozenUntil > planned.dueMs) {
      planned.wasDueMs ||= planned.dueMs;
      planned.dueMs = process.frozenUntil;
      this.#insert(planned);
      return;
    }
    this.#nowMs = planned.dueMs;
    const act = process === null || process.alive ? planned.act : planned.afterDeath;
    if (act === null) return;
    this.current = process;
    await act();
    await new Promise<void>((resolve) => void turn(resolve)); // everything that follows at once
    this.current = null;
  }

  /** Kept in order, the next one last. */
  #insert(planned: Planned): void {
    let [low, high] = [0, this.#planned.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isLater(this.#planned[middle] as Planned, planned)) low = middle + 1;
      else high = middle;
    }
    this.#planned.splice(low, 0, planned);
  }
}

const isLater = (a: Planned, b: Planned): boolean =>
  (a.dueMs - b.dueMs || a.wasDueMs - b.wasDueMs || a.tie - b.tie) > 0;
