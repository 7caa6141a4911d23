/** Schedules → the JSON of the API. */
import type { UpcomingRun } from "#core/application/upcoming-runs.ts";
import type { ScheduleBody, UpcomingBody } from "#core/domain/spec/schedule-api.ts";
import type { ScheduleView } from "#core/ports/schedule-store.ts";
import { instant, instantOrNull } from "./render.ts";

export const renderSchedule = (schedule: ScheduleView): ScheduleBody => ({
  id: schedule.id,
  name: schedule.name,
  description: schedule.description,
  template: templateOf(schedule),
  cron: schedule.cron,
  timezone: schedule.timezone,
  parameters: schedule.parameters,
  overlap: schedule.overlap,
  catchUpSeconds: schedule.catchUpSeconds,
  maxConsecutiveFailures: schedule.maxConsecutiveFailures,
  pauseOnFailure: schedule.pauseOnFailure,
  enabled: schedule.enabled,
  disabledReason: schedule.disabledReason,
  nextRunAt: instantOrNull(schedule.nextFireAt),
  last: lastOf(schedule),
  lastRun: schedule.lastRun,
  consecutiveFailures: schedule.consecutiveFailures,
  createdBy: schedule.createdBy,
  createdAt: instant(schedule.createdAt),
  updatedAt: instant(schedule.updatedAt),
});

export const renderUpcoming = (runs: readonly UpcomingRun[]): UpcomingBody => ({
  upcoming: runs.map(({ schedule, atMs }) => ({
    schedule: { id: schedule.id, name: schedule.name },
    template: templateOf(schedule),
    at: instant(atMs),
    parameters: schedule.parameters,
  })),
});

const templateOf = ({ templateId: id, templateName: name }: ScheduleView) => ({ id, name });

const lastOf = ({ lastAt, lastResult: result, lastMessage: message }: ScheduleView) =>
  lastAt === null || result === null ? null : { at: instant(lastAt), result, message };
