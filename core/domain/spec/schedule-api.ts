/** The JSON of the HTTP API about schedules, as both sides of the wire see it; as in `api.ts`. */
import type { RunPhase } from "../job-run/phase.ts";
import type { FiringResult, OverlapPolicy } from "../schedule/schedule.ts";
import type { ShownValues } from "../template/parameter.ts";

export { OVERLAP_POLICIES, type OverlapPolicy } from "../schedule/schedule.ts";

/** No schedule is called so: under these names the API answers something else. */
export const RESERVED_SCHEDULE_NAMES = ["upcoming", "check"] as const;

export interface ScheduleBody {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly template: { readonly id: string; readonly name: string };
  readonly cron: string;
  readonly timezone: string;
  /** As they were given; null in place of a secret one. */
  readonly parameters: ShownValues;
  readonly overlap: OverlapPolicy;
  readonly catchUpSeconds: number;
  readonly maxConsecutiveFailures: number;
  readonly pauseOnFailure: boolean;
  readonly enabled: boolean;
  /** Why it is not enabled, and who said so. */
  readonly disabledReason: string | null;
  /** When it is due; null = it is not enabled. */
  readonly nextRunAt: string | null;
  /** What came of the last time it was due or triggered; null = it never was. */
  readonly last: {
    /** The time it was due, or triggered. */
    readonly at: string;
    readonly result: FiringResult;
    readonly message: string | null;
  } | null;
  /** The newest run it made that is kept. */
  readonly lastRun: { readonly id: string; readonly phase: RunPhase } | null;
  /** Runs in a row that failed for good, and times at which none could be made. */
  readonly consecutiveFailures: number;
  readonly createdBy: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ScheduleListBody {
  /** In order of their names. */
  readonly schedules: readonly ScheduleBody[];
  readonly next: string | null;
}

export interface DeletedScheduleBody {
  readonly id: string;
  readonly name: string;
}

export interface UpcomingBody {
  /** Soonest first. */
  readonly upcoming: readonly {
    readonly schedule: { readonly id: string; readonly name: string };
    readonly template: { readonly id: string; readonly name: string };
    readonly at: string;
    readonly parameters: ShownValues;
  }[];
}

export interface CronCheckBody {
  readonly valid: boolean;
  /** What is wrong; null = nothing. */
  readonly problem: string | null;
  /** The next ten times. */
  readonly next: readonly { readonly at: string }[];
}
