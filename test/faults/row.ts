import type { Timings } from "#core/domain/timings.ts";
import type { Scene } from "./scene.ts";
import type { Stand } from "./stand.ts";

/** How long recovery may take, as it is promised. */
export interface Bound {
  /** For the page. */
  readonly words: string;
  readonly ms: (timings: Timings) => number;
}

/** One line of the matrix. */
export interface Row {
  /** Heading of the page it stands under. */
  readonly of: string;
  /** Also the name of its test. */
  readonly name: string;
  /** What is done, for the page. */
  readonly injected: string;
  /** What must be true beyond what is true of every row, for the page. */
  readonly holds: string;
  readonly bound: Bound;
  /** In the full form; in the short one it is once. */
  readonly repetitions: number;
  /** Part of `npm test`. */
  readonly short?: true;
  /**
   * What runs out in it: a lease (short ones in the short form), or a registration (always a short one).
   * Everything else runs with the default settings, in both forms.
   */
  readonly runsOut?: "lease" | "registration";
  /** true: leaves its stand in no state for another row. */
  readonly alone?: true;
  /**
   * Starts what shall be hit, and does it. Answers the instant (epoch ms) from which recovery counts:
   * of the blow, or of the end of an outage.
   */
  inject(stand: Stand, scene: Scene): Promise<number>;
  /** Throws when something beyond what holds for every row is not true. */
  check?(stand: Stand, scene: Scene): Promise<void>;
}

const seconds = (n: number, words = `${n} s`): Bound => ({ words, ms: () => n * 1000 });

/** How long a stopped machine may take to end: ECS's own default, of local mode too. */
const MACHINE_GRACE_MS = 30_000;

export const bounds = {
  /** Gateway, tick or Postgres come back. */
  restart: seconds(10),
  /** A machine is gone and another takes the run. */
  machine: seconds(30),
  /** AfterLost: the lease runs out. */
  lease: { words: "lease (45 s) + 5 s", ms: ({ leaseMs }) => leaseMs + 5_000 },
  /** AfterGone: and then its machine must be gone. */
  leaseAndGrace: {
    words: "lease (45 s) + grace (30 s) + 5 s",
    ms: ({ leaseMs }) => leaseMs + MACHINE_GRACE_MS + 5_000,
  },
  /** A launch is repeated with a growing wait. */
  launch: seconds(45),
  /** Much output must be stored. */
  output: seconds(180),
} satisfies Record<string, Bound>;
