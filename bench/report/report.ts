import type { Cost } from "../measure/watch.ts";
import type { Spawned } from "../scenarios/bare-spawns.ts";
import type { Bulk } from "../scenarios/bulk-submit.ts";
import type { Drained } from "../scenarios/drain.ts";
import type { Replaced } from "../scenarios/lost-workers.ts";
import type { OpenLoop } from "../scenarios/open-loop.ts";
import type { Price, Variant } from "../scenarios/promise-prices.ts";
import type { Sustained } from "../scenarios/single-producers.ts";
import type { StatementPrice } from "../scenarios/statement-prices.ts";
import type { WorkedOff } from "../scenarios/work-off.ts";
import { count } from "./markdown-table.ts";

export const PEER_TUNED = "graphile-worker, tuned";
export const PEER_DEFAULT = "graphile-worker";
export const PEER_INSERT = "pg-boss, own loop";

type BySystem<Measured> = ReadonlyMap<string, Measured>;

/** What one run of the bench measured, by title of the system; a missing title was not measured. */
export interface Report {
  /** One line: processor, memory, versions. */
  readonly machine: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly sustained: BySystem<Sustained>;
  readonly drained: BySystem<Drained>;
  readonly openLoops: BySystem<readonly OpenLoop[]>;
  readonly bulk: BySystem<Bulk>;
  readonly workedOff: BySystem<WorkedOff>;
  readonly statements: ReadonlyMap<string, StatementPrice>;
  readonly promises: ReadonlyMap<Variant, Price>;
  readonly real: RealWorkers;
  readonly replaced: Replaced;
}

/** Worker processes, beside processes that only start the same program. */
export interface RealWorkers {
  /** The first is what the others are compared with. */
  readonly bare: ReadonlyMap<string, Spawned>;
  readonly workedOff: BySystem<WorkedOff>;
  readonly sustained: BySystem<Sustained>;
}

/** How many times as much; NaN when one was not measured. */
export const ratio = (ours: number | undefined, theirs: number | undefined): number =>
  (ours ?? Number.NaN) / (theirs ?? Number.NaN);

/** Of all processes of a system. */
export const totalMs = ({ cpuMs }: Cost): number =>
  Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0);

/** Milliseconds of so many jobs as microseconds of one. */
export const perJobUs = (ms: number, jobs: number): string => count((ms * 1000) / jobs);
