import type { TemplateStatus } from "../template/template.ts";
import { type FireTimes, newestDue } from "./fire-times.ts";
import type { FiringResult, ScheduleDefinition } from "./schedule.ts";

/** A schedule whose time has come, and what there is to know of it. Instants are epoch milliseconds. */
export interface DueSchedule extends ScheduleDefinition {
  readonly nextFireAt: number;
  readonly templateStatus: TemplateStatus;
  /** Runs of it that are not over. */
  readonly openRuns: readonly string[];
  readonly consecutiveFailures: number;
}

export type Firing =
  /** Make the run of this time, after the others were asked to stop. `message`: what was left out. */
  | {
      readonly kind: "fire";
      readonly scheduledFor: number;
      readonly next: number | null;
      readonly stop: readonly string[];
      readonly message: string | null;
    }
  /** Make none, and go on with the next time. */
  | {
      readonly kind: "skip";
      readonly result: Exclude<FiringResult, "Fired" | "Failed">;
      readonly next: number | null;
      readonly message: string;
    }
  /** Take it off the clock. */
  | { readonly kind: "pause"; readonly message: string };

/** What is to be done at `nowMs` with a schedule that is due. Times that passed are jumped over, not run. */
export function decideFiring(schedule: DueSchedule, times: FireTimes, nowMs: number): Firing {
  const { nextFireAt, catchUpSeconds, templateStatus, overlap, openRuns } = schedule;
  if (hasFailedTooOften(schedule))
    return { kind: "pause", message: `${schedule.consecutiveFailures} failures one after another` };
  const newest = newestDue(times, nextFireAt, nowMs);
  const next = times.next(nowMs);
  const skip = (
    result: "Missed" | "TemplateNotActive" | "Overlapped",
    message: string,
  ): Firing => ({
    ...{ kind: "skip", result, next, message },
  });
  const since = new Date(nextFireAt).toISOString();
  if (nowMs - newest > catchUpSeconds * 1000)
    return skip("Missed", `nobody looked within ${catchUpSeconds} s; times since ${since}`);
  if (templateStatus !== "Active")
    return skip("TemplateNotActive", `the template is ${templateStatus}`);
  const [open] = openRuns;
  if (overlap === "Forbid" && open !== undefined)
    return skip("Overlapped", `run ${open} is not over`);
  return {
    ...{ kind: "fire", scheduledFor: newest, next },
    stop: overlap === "Replace" ? openRuns : [],
    message: newest === nextFireAt ? null : `earlier times since ${since} were missed`,
  };
}

const hasFailedTooOften = (schedule: DueSchedule): boolean =>
  schedule.pauseOnFailure &&
  schedule.maxConsecutiveFailures > 0 &&
  schedule.consecutiveFailures >= schedule.maxConsecutiveFailures;
