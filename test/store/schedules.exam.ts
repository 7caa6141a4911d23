import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import type { NewSchedule, ScheduleView } from "#core/ports/schedule-store.ts";
import { anEnd } from "../support/factories.ts";
import { aFiring, aSchedule, aScheduleChange } from "../support/schedule-factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { aTemplate, aTemplateRun } from "../support/template-factories.ts";
import { exam, unchanged } from "./exam.ts";

const HOUR = 3600_000;

/** A schedule that was due an hour ago, and its template. */
export async function scheduled(at: StoreFixture, overrides: Partial<NewSchedule> = {}) {
  const template = aTemplate();
  await at.templates.createTemplate(template);
  const nextFireAt = (await at.tables.now()) - HOUR;
  const schedule = aSchedule(template.id, { nextFireAt, ...overrides });
  expect(await at.schedules.createSchedule(schedule)).toBe(true);
  return { ...schedule, template };
}
export const seen = async (at: StoreFixture, id: string): Promise<ScheduleView> => {
  const view = await at.schedules.schedule({ id });
  if (!view) throw new Error(`no schedule ${id}`);
  return view;
};
const fired = async (at: StoreFixture, id: string): Promise<string> => {
  const firing = aFiring(await seen(at, id));
  expect((await at.schedules.fire(firing)).number).not.toBeNull();
  return firing.run.id;
};
const ended = async (at: StoreFixture, runId: string, how = {}) => {
  const held = await at.assign(runId, await at.ready());
  await at.store.acceptAttempts([held]);
  await at.report(held, anEnd(how));
};
const FAILS = { failure: "app", exitCode: 1 } as const;
const ALL = { templateId: null, enabled: null, limit: 100, after: null } as const;

export const schedules = exam({
  "a schedule is read as it was created, by id and by name, its secrets by who fires it alone":
    async (at) => {
      const parameters = { REGION: "eu", TOKEN: null };
      const { template, secrets, ...schedule } = await scheduled(at, {
        ...{ parameters, secrets: { TOKEN: "s3cret" }, overlap: "Forbid", pauseOnFailure: true },
      });
      const now = await at.tables.now();
      const view = {
        ...{ ...schedule, version: 1, enabled: true, disabledReason: null, misfires: 0 },
        ...{ templateName: template.name, templateStatus: "Active", consecutiveFailures: 0 },
        ...{ lastAt: null, lastResult: null, lastMessage: null, lastRun: null, openRuns: [] },
        ...{ failuresSince: now, createdAt: now, updatedAt: now, now },
      };
      expect(await at.schedules.schedule({ id: schedule.id })).toEqual(view);
      expect(await at.schedules.schedule({ name: schedule.name })).toEqual(view);
      expect(await at.schedules.schedules(ALL)).toEqual([view]);
      expect(await at.schedules.scheduleToFire(schedule.id)).toEqual({ ...view, secrets });
      expect(await at.schedules.dueSchedules(9)).toEqual([{ ...view, secrets }]);
      expect(await at.schedules.schedule({ name: "nobody" })).toBeNull();
      expect(await at.schedules.scheduleToFire(randomUUID())).toBeNull();
    },

  "a name is given once, until its schedule is deleted": async (at) => {
    const { id, name, templateId } = await scheduled(at);
    const other = aSchedule(templateId, { name });
    expect(await unchanged(at, () => at.schedules.createSchedule(other))).toBe(false);
    expect(await at.schedules.deleteSchedule(id, null)).toBe(true);
    expect(await unchanged(at, () => at.schedules.deleteSchedule(id, null))).toBe(false);
    expect(await at.schedules.createSchedule(other)).toBe(true);
  },

  "an install has so many schedules and no more": async (at) => {
    const { id, templateId } = await scheduled(at);
    await at.tables.plant(
      `insert into hodei.schedule select (s).* from (
         select jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'name', 'n' || n)) as s
         from hodei.schedule s, generate_series(2, ${limits.schedulesMax}) n where s.id = $1) q`,
      [id],
    );
    expect(await at.schedules.createSchedule(aSchedule(templateId))).toBe(false);
    await at.schedules.deleteSchedule(id, null);
    expect(await at.schedules.createSchedule(aSchedule(templateId))).toBe(true);
  },

  "the list is in order of names, page by page, of a template, enabled or not": async (at) => {
    const made = [await scheduled(at, { name: "c" }), await scheduled(at, { name: "a" })];
    const [c, a] = made;
    await at.schedules.createSchedule(aSchedule(a?.templateId ?? "", { name: "b" }));
    const off = { enabled: false, disabledReason: "by hand", nextFireAt: null };
    await at.schedules.changeSchedule(aScheduleChange(await seen(at, c?.id ?? ""), off));
    const names = async (filter: object) =>
      (await at.schedules.schedules({ ...ALL, ...filter })).map(({ name }) => name);
    expect(await names({})).toEqual(["a", "b", "c"]);
    expect(await names({ limit: 1, after: "a" })).toEqual(["b"]);
    expect(await names({ templateId: a?.templateId })).toEqual(["a", "b"]);
    expect(await names({ enabled: false })).toEqual(["c"]);
    expect(await names({ enabled: true, limit: 1 })).toEqual(["a"]);
  },

  "a change sets what it says at the version it was decided on, once": async (at) => {
    const { id } = await scheduled(at, { secrets: { A: "a" } });
    await at.tables.advance(1000);
    const view = await seen(at, id);
    const change = aScheduleChange(view, {
      ...{ description: "new", cron: "0 0 * * *", timezone: "Europe/Madrid", overlap: "Replace" },
      ...{ catchUpSeconds: 500, maxConsecutiveFailures: 3, pauseOnFailure: true, misfires: 2 },
      ...{ nextFireAt: 1000, failuresSince: 2000, parameters: { B: 1 } },
      ...{ lastAt: 3000, lastResult: "Missed", lastMessage: "late" },
    });
    expect(await at.schedules.changeSchedule(change)).toBe(true);
    const { secrets: _, audit: __, ...said } = change;
    expect(await seen(at, id)).toEqual({
      ...{ ...view, ...said, version: 2, consecutiveFailures: 2 },
    });
    expect(await unchanged(at, () => at.schedules.changeSchedule(change))).toBe(false);
    const nobody = { ...change, id: randomUUID(), version: 2 };
    expect(await unchanged(at, () => at.schedules.changeSchedule(nobody))).toBe(false);
    expect(await at.schedules.scheduleToFire(id)).toMatchObject({ secrets: { A: "a" } });
    const secret = aScheduleChange(await seen(at, id), { secrets: {} });
    await at.schedules.changeSchedule(secret);
    expect(await at.schedules.scheduleToFire(id)).toMatchObject({ secrets: {}, version: 3 });
  },

  "what a person does is recorded, what the clock does is not": async (at) => {
    const { id } = await scheduled(at);
    await at.tables.advance(1000);
    const created = (await seen(at, id)).updatedAt;
    await at.schedules.changeSchedule(aScheduleChange(await seen(at, id)));
    expect(await seen(at, id)).toMatchObject({ updatedAt: created });
    for (const type of ["ScheduleChanged", "ScheduleEnabled", "ScheduleDisabled"] as const)
      await at.schedules.changeSchedule(
        aScheduleChange(await seen(at, id), { audit: { type, by: "ann" } }),
      );
    expect(await seen(at, id)).toMatchObject({ updatedAt: created + 1000 });
    await at.schedules.deleteSchedule(id, null);
    const events = await at.tables.rows(
      "select type, actor, subject from hodei.audit_event where type like 'Schedule%' order by id",
    );
    expect(events).toEqual([
      { type: "ScheduleCreated", actor: "exam", subject: id },
      { type: "ScheduleChanged", actor: "ann", subject: id },
      { type: "ScheduleEnabled", actor: "ann", subject: id },
      { type: "ScheduleDisabled", actor: "ann", subject: id },
      { type: "ScheduleDeleted", actor: "local", subject: id },
    ]);
  },

  "those are due whose time has come, the longest due first": async (at) => {
    const now = await at.tables.now();
    const late = await scheduled(at, { nextFireAt: now });
    const later = await scheduled(at, { nextFireAt: now - 5 });
    expect(await at.schedules.now()).toBe(now);
    const notYet = await scheduled(at, { nextFireAt: now + 90_000 });
    const due = async (limit = 9) => (await at.schedules.dueSchedules(limit)).map(({ id }) => id);
    expect(await due()).toEqual([later.id, late.id]);
    expect(await due(1)).toEqual([later.id]);
    expect(await at.schedules.nextDueInMs()).toBe(0);
    for (const { id } of [late, later]) await at.schedules.deleteSchedule(id, null);
    expect(await at.schedules.nextDueInMs()).toBe(90_000);
    await at.schedules.deleteSchedule(notYet.id, null);
    expect(await at.schedules.nextDueInMs()).toBeNull();
  },
});

export const firings = exam({
  "a firing stores the run of its time and takes the schedule to the next, in one": async (at) => {
    const { id, name, template, nextFireAt } = await scheduled(at);
    const firing = aFiring(await seen(at, id), { message: "late" });
    expect(await at.schedules.fire(firing)).toMatchObject({ number: 1, stored: {}, full: false });
    const schedule = { id, name, scheduledFor: nextFireAt };
    expect(await at.reader.run(firing.run.id)).toMatchObject({
      ...{ schedule, template: { id: template.id, number: 1 }, phase: "Pending" },
    });
    expect(await at.tables.events(firing.run.id)).toEqual(["Submitted"]);
    expect(await seen(at, id)).toMatchObject({
      ...{ version: 2, enabled: true, nextFireAt: nextFireAt + 60_000, misfires: 0 },
      ...{ lastAt: nextFireAt, lastResult: "Fired", lastMessage: "late" },
      ...{ lastRun: { id: firing.run.id, phase: "Pending" }, openRuns: [firing.run.id] },
    });
    const again = { ...firing, run: aTemplateRun(template.id) };
    for (const repeat of [firing, again])
      expect(await unchanged(at, () => at.schedules.fire(repeat))).toMatchObject({ number: null });
  },

  "a time has one run, whatever became of its schedule's clock": async (at) => {
    const { id, template } = await scheduled(at);
    const before = await seen(at, id);
    await fired(at, id);
    const { version } = await seen(at, id);
    const again = aFiring(before, { version, run: aTemplateRun(template.id) });
    expect(await at.schedules.fire(again)).toMatchObject({ stored: null, number: null });
    expect(await at.templates.stats(template.id)).toMatchObject({ runs: 1, numbers: 1 });
    expect(await seen(at, id)).toMatchObject({ version: 3 });
  },

  "a triggered run is of no time, and leaves those of the clock": async (at) => {
    const { id, nextFireAt } = await scheduled(at);
    await at.schedules.changeSchedule(aScheduleChange(await seen(at, id), { misfires: 2 }));
    const trigger = async () => {
      const view = await seen(at, id);
      const firing = aFiring(view, { scheduledFor: null, nextFireAt: view.nextFireAt });
      expect(await at.schedules.fire(firing)).toMatchObject({ stored: {} });
      return firing.run.id;
    };
    const runId = await trigger();
    await trigger();
    expect(await at.reader.run(runId)).toMatchObject({ schedule: { id, scheduledFor: null } });
    expect(await seen(at, id)).toMatchObject({
      ...{ nextFireAt, enabled: true, lastAt: await at.tables.now(), consecutiveFailures: 0 },
    });
    const off = { enabled: false, disabledReason: "by hand", nextFireAt: null };
    await at.schedules.changeSchedule(aScheduleChange(await seen(at, id), off));
    await trigger();
    expect(await seen(at, id)).toMatchObject(off);
  },

  "a schedule that is due no more is taken off the clock": async (at) => {
    const { id } = await scheduled(at);
    await at.schedules.fire(aFiring(await seen(at, id), { nextFireAt: null }));
    expect(await seen(at, id)).toMatchObject({
      ...{ enabled: false, nextFireAt: null, disabledReason: "it is due no more" },
    });
    expect(await at.schedules.dueSchedules(9)).toEqual([]);
  },

  "refused: a firing while the template is not Active, or the queue is full": async (at) => {
    const { id, template } = await scheduled(at);
    await at.templates.setStatus(template.id, "Disabled", null, null);
    const firing = aFiring(await seen(at, id));
    expect(await unchanged(at, () => at.schedules.fire(firing))).toMatchObject({ number: null });
    await at.templates.setStatus(template.id, "Active", null, null);
    await at.tables.plant(`update hodei.control set pending_count = ${limits.pendingRunsMax}`);
    expect(await unchanged(at, () => at.schedules.fire(firing))).toMatchObject({ full: true });
  },

  "refused: a firing of a schedule that moved, or is deleted; what it made stays": async (at) => {
    const { id } = await scheduled(at);
    const firing = aFiring(await seen(at, id));
    await at.schedules.changeSchedule(aScheduleChange(await seen(at, id)));
    expect(await unchanged(at, () => at.schedules.fire(firing))).toMatchObject({ number: null });
    const runId = await fired(at, id);
    const last = aFiring(await seen(at, id));
    await at.schedules.deleteSchedule(id, null);
    expect(await unchanged(at, () => at.schedules.fire(last))).toMatchObject({ number: null });
    expect(await at.reader.run(runId)).toMatchObject({ schedule: { id, name: null } });
  },

  "failures are the runs that failed since one succeeded, and since it was enabled": async (at) => {
    const { id } = await scheduled(at);
    const failures = async () => (await seen(at, id)).consecutiveFailures;
    await ended(at, await fired(at, id), FAILS);
    await ended(at, await fired(at, id));
    expect(await failures()).toBe(0);
    await ended(at, await fired(at, id), FAILS);
    await at.cancel(await fired(at, id));
    await ended(at, await fired(at, id), FAILS);
    const open = await fired(at, id);
    expect(await failures()).toBe(2);
    expect(await seen(at, id)).toMatchObject({ openRuns: [open], lastRun: { phase: "Pending" } });
    await at.schedules.changeSchedule(aScheduleChange(await seen(at, id), { misfires: 1 }));
    expect(await failures()).toBe(3);
    await at.tables.advance(1);
    const failuresSince = await at.tables.now();
    const enabled = aScheduleChange(await seen(at, id), { failuresSince, misfires: 0 });
    await at.schedules.changeSchedule(enabled);
    expect(await failures()).toBe(0);
  },

  "a run that is being stopped is not over; another schedule's is nobody's business": async (
    at,
  ) => {
    const { id, template } = await scheduled(at);
    const runId = await fired(at, id);
    const held = await at.assign(runId, await at.ready());
    await at.store.acceptAttempts([held]);
    await at.cancel(runId);
    expect(await at.reader.run(runId)).toMatchObject({ stopping: true });
    expect(await seen(at, id)).toMatchObject({ openRuns: [runId] });
    const other = aSchedule(template.id);
    await at.schedules.createSchedule(other);
    expect(await seen(at, other.id)).toMatchObject({ openRuns: [], lastRun: null });
  },
});
