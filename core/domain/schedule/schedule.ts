import type { ShownValues } from "../template/parameter.ts";

/**
 * What happens when a run is due and another of the schedule is not over (one that is being stopped is
 * not): `Allow` makes it, `Forbid` does not, `Replace` asks the others to stop and makes it.
 */
export const OVERLAP_POLICIES = ["Allow", "Forbid", "Replace"] as const;
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

/**
 * What came of the last time it was due, or was triggered:
 * - `Fired`: a run was made.
 * - `Overlapped`, `TemplateNotActive`: no run, because it must not be.
 * - `Missed`: nobody looked within the window of `catchUpSeconds`.
 * - `Failed`: the template takes its parameters no more, or no machine could run it. Counts as a failure.
 */
export const FIRING_RESULTS = [
  "Fired",
  "Overlapped",
  "TemplateNotActive",
  "Missed",
  "Failed",
] as const;
export type FiringResult = (typeof FIRING_RESULTS)[number];

/** What a user says of a schedule, but for its name, its template and values that are secret. */
export interface ScheduleDefinition {
  readonly description: string;
  readonly cron: string;
  /** A name of the time zone database. */
  readonly timezone: string;
  /** As they were given: what is left out is the template's to say. Null in place of a secret one. */
  readonly parameters: ShownValues;
  readonly overlap: OverlapPolicy;
  /** A time that nobody looked at for longer is missed. */
  readonly catchUpSeconds: number;
  /** 0 = nobody counts. */
  readonly maxConsecutiveFailures: number;
  /** Disable it instead of running it once more after so many. */
  readonly pauseOnFailure: boolean;
}

/** Which schedule made a run. */
export interface RunSchedule {
  readonly id: string;
  /** null = it is deleted. */
  readonly name: string | null;
  /** The time it was due, epoch milliseconds; null = somebody triggered it. */
  readonly scheduledFor: number | null;
}
