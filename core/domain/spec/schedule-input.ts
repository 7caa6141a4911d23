import type { OverlapPolicy } from "../schedule/schedule.ts";
import type { ParameterValue } from "../template/parameter.ts";

/** What a user may say of a schedule, new or not: what is left out stays, or is the default. */
export interface ScheduleChangeInput {
  readonly description?: string;
  /** Five fields (minute, hour, day, month, day of the week), or a nickname such as `@daily`. */
  readonly cron?: string;
  /** A name of the time zone database. */
  readonly timezone?: string;
  /** Values by name, all of them; what is left out is the template's to say. */
  readonly parameters?: Readonly<Record<string, ParameterValue | null>>;
  /** What happens when a run is due and another is not over. */
  readonly overlap?: OverlapPolicy;
  /** A time that nobody looked at for longer is missed. */
  readonly catchUpSeconds?: number;
  /** 0 = nobody counts. */
  readonly maxConsecutiveFailures?: number;
  /** Disable it instead of running it once more after so many. */
  readonly pauseOnFailure?: boolean;
}

/** A new schedule, as JSON. */
export interface ScheduleInput extends ScheduleChangeInput {
  readonly name: string;
  /** Name or id. */
  readonly template: string;
  readonly cron: string;
}
