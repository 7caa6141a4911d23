import { expect } from "vitest";
import { aFiring, aSchedule, aScheduleChange } from "../support/schedule-factories.ts";
import { exam } from "./exam.ts";
import { scheduled, seen } from "./schedules.exam.ts";

/** What happens when the second statement waits for the first one's schedule. */
export const scheduleRaces = exam({
  "two ticks at once fire once": async (at) => {
    const { id, template } = await scheduled(at);
    const view = await seen(at, id);
    const raced = await at.race(
      (_store, _templates, schedules) => schedules.fire(aFiring(view)),
      (_store, _templates, schedules) => schedules.fire(aFiring(view)),
    );
    expect(raced).toMatchObject({ waited: true, first: { number: 1 }, second: { number: null } });
    expect(await at.templates.stats(template.id)).toMatchObject({ runs: 1, numbers: 1 });
    expect(await seen(at, id)).toMatchObject({ version: 2 });
  },
  "a trigger and the clock at once: the second decides anew": async (at) => {
    const { id } = await scheduled(at);
    const view = await seen(at, id);
    const trigger = aFiring(view, { scheduledFor: null, nextFireAt: view.nextFireAt });
    const raced = await at.race(
      (_store, _templates, schedules) => schedules.fire(trigger),
      (_store, _templates, schedules) => schedules.fire(aFiring(view)),
    );
    expect(raced).toMatchObject({ waited: true, first: { number: 1 }, second: { number: null } });
    expect(await seen(at, id)).toMatchObject({ nextFireAt: view.nextFireAt });
  },
  "a firing waits for whoever disables the schedule: no run": async (at) => {
    const { id, template } = await scheduled(at);
    const view = await seen(at, id);
    const off = { enabled: false, disabledReason: "by hand", nextFireAt: null };
    const raced = await at.race(
      (_store, _templates, schedules) => schedules.changeSchedule(aScheduleChange(view, off)),
      (_store, _templates, schedules) => schedules.fire(aFiring(view)),
    );
    expect(raced).toMatchObject({ waited: true, first: true, second: { number: null } });
    expect(await at.templates.stats(template.id)).toMatchObject({ runs: 0 });
  },
  "a change waits for the firing: it is decided anew": async (at) => {
    const { id } = await scheduled(at);
    const view = await seen(at, id);
    const raced = await at.race(
      (_store, _templates, schedules) => schedules.fire(aFiring(view)),
      (_store, _templates, schedules) =>
        schedules.changeSchedule(aScheduleChange(view, { description: "lost" })),
    );
    expect(raced).toMatchObject({ waited: true, first: { number: 1 }, second: false });
  },
  "a firing waits for the delete: no run": async (at) => {
    const { id } = await scheduled(at);
    const view = await seen(at, id);
    const raced = await at.race(
      (_store, _templates, schedules) => schedules.deleteSchedule(id, null),
      (_store, _templates, schedules) => schedules.fire(aFiring(view)),
    );
    expect(raced).toMatchObject({ waited: true, first: true, second: { number: null } });
  },
  "a firing waits for the archive: no run, and the schedule stays at its time": async (at) => {
    const { id, template } = await scheduled(at);
    const view = await seen(at, id);
    const raced = await at.race(
      (_store, templates) => templates.setStatus(template.id, "Archived", null, null),
      (_store, _templates, schedules) => schedules.fire(aFiring(view)),
    );
    expect(raced).toMatchObject({ waited: true, first: true, second: { number: null } });
    expect(await seen(at, id)).toMatchObject({ version: 1, templateStatus: "Archived" });
  },
  "two creates of one name: one schedule": async (at) => {
    const { templateId } = await scheduled(at);
    const [one, other] = [1, 2].map(() => aSchedule(templateId, { name: "nightly" }));
    const raced = await at.race(
      (_store, _templates, schedules) => schedules.createSchedule(one ?? aSchedule("")),
      (_store, _templates, schedules) => schedules.createSchedule(other ?? aSchedule("")),
    );
    expect(raced).toEqual({ waited: true, first: true, second: false });
  },
});
