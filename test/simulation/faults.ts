import type { Draw } from "./draw.ts";

export type StatementFate = "done" | "lost" | "unanswered" | "twice";
export type LaunchFate = "done" | "refused" | "throttled" | "no-capacity" | "unanswered";
export type MachineFate = "works" | "dies at once" | "never registers";

/** How likely what goes wrong is; every seed has a weather of its own. */
interface Weather {
  readonly statement: number;
  readonly slow: number;
  readonly busy: number;
  readonly call: number;
  readonly launch: number;
  readonly machine: number;
  readonly hint: number;
  readonly theft: number;
}

/** Decides what goes wrong, as long as `isOver` is not said. */
export class Faults {
  readonly #draw: Draw;
  readonly #weather: Weather;
  isOver = false;
  /** No statement reaches the database. */
  isDatabaseDown = false;

  constructor(draw: Draw) {
    this.#draw = draw;
    const upTo = (most: number) => draw.fraction() * most;
    this.#weather = {
      ...{ statement: upTo(0.03), slow: upTo(0.03), busy: upTo(0.3), call: upTo(0.08) },
      ...{ launch: upTo(0.5), machine: upTo(0.25), hint: upTo(0.4), theft: upTo(0.2) },
    };
  }

  statementFate(): StatementFate {
    if (this.isDatabaseDown) return "lost";
    if (!this.#happens(this.#weather.statement)) return "done";
    return this.#draw.pick(["lost", "unanswered", "twice"]);
  }

  statementDelayMs(): number {
    if (this.#happens(this.#weather.slow)) return this.#draw.int(100, 6_000);
    return this.#happens(this.#weather.busy) ? this.#draw.int(10, 400) : this.#draw.int(1, 8);
  }

  networkDelayMs(): number {
    return this.#happens(this.#weather.slow) ? this.#draw.int(50, 2_000) : this.#draw.int(1, 20);
  }

  /** Whether this answer of a single call never arrives. */
  loseAnswer(): boolean {
    return this.#happens(this.#weather.call);
  }

  launchFate(): LaunchFate {
    if (!this.#happens(this.#weather.launch)) return "done";
    return this.#draw.pick(["refused", "throttled", "no-capacity", "unanswered", "unanswered"]);
  }

  tokenIsSeen(): boolean {
    return this.#happens(this.#weather.theft);
  }

  machineFate(): MachineFate {
    if (!this.#happens(this.#weather.machine)) return "works";
    return this.#draw.pick(["dies at once", "never registers"]);
  }

  /** How often a hint that was given once arrives: queue messages, events, notifications. */
  copiesOfHint(): number {
    return this.#happens(this.#weather.hint) ? this.#draw.pick([0, 0, 2, 3]) : 1;
  }

  hintDelayMs(): number {
    return this.#happens(this.#weather.hint)
      ? this.#draw.int(1_000, 20_000)
      : this.#draw.int(5, 200);
  }

  #happens(probability: number): boolean {
    return !this.isOver && this.#draw.chance(probability);
  }
}
