import type { UpcomingRun } from "#core/application/upcoming-runs.ts";
import type { FiringResult } from "#core/domain/schedule/schedule.ts";
import type { ShownValues } from "#core/domain/template/parameter.ts";
import type { ScheduleView } from "#core/ports/schedule-store.ts";
import type { ScheduledJob, UpcomingExecution } from "#proto/hodei/job/scheduled_jobs.ts";
import { executionState } from "./template-codec.ts";

const RESULTS: Record<Exclude<FiringResult, "Fired">, string> = {
  Overlapped: "SKIPPED",
  TemplateNotActive: "SKIPPED",
  Missed: "MISSED",
  Failed: "ERROR",
};

const date = (ms: number | null): Date | undefined => (ms === null ? undefined : new Date(ms));

export const scheduledJob = (schedule: ScheduleView): ScheduledJob => ({
  scheduledJobId: schedule.id,
  name: schedule.name,
  description: schedule.description,
  templateId: schedule.templateId,
  cronExpression: schedule.cron,
  timezone: schedule.timezone,
  nextExecutionAt: date(schedule.nextFireAt),
  lastExecutionAt: date(schedule.lastAt),
  lastExecutionStatus: lastStatus(schedule),
  enabled: schedule.enabled,
  maxConsecutiveFailures: schedule.maxConsecutiveFailures,
  consecutiveFailures: schedule.consecutiveFailures,
  pauseOnFailure: schedule.pauseOnFailure,
  parameters: wireValues(schedule.parameters),
  createdAt: new Date(schedule.createdAt),
  updatedAt: new Date(schedule.updatedAt),
  createdBy: schedule.createdBy ?? "",
});

export const upcomingExecution = ({ schedule, atMs }: UpcomingRun): UpcomingExecution => ({
  scheduledJobId: schedule.id,
  scheduledJobName: schedule.name,
  templateId: schedule.templateId,
  scheduledFor: new Date(atMs),
  parameters: wireValues(schedule.parameters),
});

/** How its newest run is, or why there was none; empty = it was never due. */
function lastStatus({ lastResult, lastRun }: ScheduleView): string {
  if (lastResult === null) return "";
  if (lastResult !== "Fired") return RESULTS[lastResult];
  return lastRun === null ? "" : executionState(lastRun.phase);
}

/** As text, without secret ones. */
const wireValues = (values: ShownValues): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === null ? [] : [[name, String(value)]],
    ),
  );
