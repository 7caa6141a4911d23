import { DomainError } from "#core/domain/errors.ts";
import { parseScheduleChange } from "#core/domain/spec/parse-schedule.ts";
import type { ScheduleChange, ScheduleStore, ScheduleView } from "#core/ports/schedule-store.ts";
import { firstTime } from "./create-schedule.ts";
import { findSchedule } from "./find-schedule.ts";
import { findTemplate } from "./find-template.ts";
import type { ChangeScheduleRequest, ScheduleDeps } from "./schedule-operations.ts";
import { keptValues } from "./schedule-values.ts";

/** How often a change is made anew on what others, or the clock, changed meanwhile. */
const TRIES = 5;

/**
 * Changes what the caller says; the next time is reckoned anew from now. Throws ScheduleNotFound,
 * InvalidSpec, InvalidRequest for values that the template does not take, Conflict.
 */
export function changeSchedule(
  { schedules, templates }: Pick<ScheduleDeps, "schedules" | "templates">,
  { reference, input, by }: ChangeScheduleRequest,
): Promise<ScheduleView> {
  return decideAnew(schedules, reference, async (view) => {
    const { settings, parameters } = parseScheduleChange(input, view);
    const next = firstTime(settings, view.now); // also of one that is off: it must be valid
    const template =
      parameters === undefined ? null : await findTemplate(templates, view.templateId);
    const kept = template && keptValues(template, parameters);
    return {
      ...{ ...view, ...settings, nextFireAt: view.enabled ? next : null },
      ...{ parameters: kept?.shown ?? view.parameters, secrets: kept?.secrets ?? null },
      audit: { type: "ScheduleChanged", by },
    };
  });
}

/**
 * Makes a change that `decide` decides on what the schedule is, until it still is that; null = there is
 * nothing to change. Throws ScheduleNotFound, and Conflict when there is no end of others.
 */
export async function decideAnew(
  schedules: Pick<ScheduleStore, "schedule" | "changeSchedule">,
  reference: string,
  decide: (view: ScheduleView) => Promise<ScheduleChange | null>,
): Promise<ScheduleView> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const view = await findSchedule(schedules, reference);
    const change = await decide(view);
    if (change === null) return view;
    if (await schedules.changeSchedule(change)) return findSchedule(schedules, view.id);
  }
  throw new DomainError("Conflict", "the schedule is being changed by others; try again");
}
