/** Valid schedules and what they fire, to start a test from. */
import { randomUUID } from "node:crypto";
import type {
  NewFiring,
  NewSchedule,
  ScheduleChange,
  ScheduleView,
} from "#core/ports/schedule-store.ts";
import { aTemplateRun } from "./template-factories.ts";

export function aSchedule(templateId: string, overrides: Partial<NewSchedule> = {}): NewSchedule {
  return {
    ...{ id: randomUUID(), name: `at-${randomUUID().slice(0, 6)}`, templateId, description: "" },
    ...{ cron: "* * * * *", timezone: "UTC", parameters: {}, secrets: {}, overlap: "Allow" },
    ...{ catchUpSeconds: 3600, maxConsecutiveFailures: 0, pauseOnFailure: false },
    ...{ nextFireAt: Date.UTC(2026, 0, 1), createdBy: "exam" },
    ...overrides,
  };
}

/** The schedule as it was seen, but for what is given. */
export function aScheduleChange(
  view: ScheduleView,
  overrides: Partial<ScheduleChange> = {},
): ScheduleChange {
  return { ...view, secrets: null, audit: null, ...overrides };
}

/** A firing of the schedule as it was seen, for the time it is due. */
export function aFiring(view: ScheduleView, overrides: Partial<NewFiring> = {}): NewFiring {
  const { id: scheduleId, version, templateId, nextFireAt } = view;
  return {
    run: aTemplateRun(templateId),
    ...{ scheduleId, version, scheduledFor: nextFireAt, message: null },
    nextFireAt: (nextFireAt ?? 0) + 60_000,
    ...overrides,
  };
}
