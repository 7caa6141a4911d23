import type { Drained } from "../scenarios/drain.ts";
import type { OpenLoop } from "../scenarios/open-loop.ts";
import type { Sustained } from "../scenarios/single-producers.ts";

/** What one run of the bench measured, by title of the system; a missing title was not measured. */
export interface Report {
  /** One line: processor, memory, versions. */
  readonly machine: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly sustained: ReadonlyMap<string, Sustained>;
  readonly drained: ReadonlyMap<string, Drained>;
  readonly openLoops: ReadonlyMap<string, readonly OpenLoop[]>;
}

/** How many times as much; NaN when one was not measured. */
export const ratio = (ours: number | undefined, theirs: number | undefined): number =>
  (ours ?? Number.NaN) / (theirs ?? Number.NaN);
