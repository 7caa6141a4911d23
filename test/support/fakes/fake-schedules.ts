import type { RunDetail } from "#core/ports/run-reader.ts";
import type {
  ScheduleChange,
  ScheduleStore,
  ScheduleToFire,
  ScheduleView,
} from "#core/ports/schedule-store.ts";
import type { NewTemplateRun, TemplateStore } from "#core/ports/template-store.ts";

export const SCHEDULES_NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

interface RunsOfTemplates {
  readonly templates: TemplateStore;
  readonly runs: () => readonly RunDetail[];
  readonly update: (runId: string, change: Partial<RunDetail>) => void;
  readonly guard: () => void;
}

/** Schedules in memory, with the guards of the real statements; nobody ticks. */
export function createFakeSchedules(given: RunsOfTemplates): ScheduleStore {
  const { templates, runs, update, guard } = given;
  const rows = new Map<string, ScheduleToFire>();
  const shown = async (row: ScheduleToFire): Promise<ScheduleToFire> => {
    const template = await templates.template({ id: row.templateId });
    const own = runs().filter(({ schedule }) => schedule?.id === row.id);
    const newest = own.at(-1);
    return {
      ...row,
      templateStatus: template?.status ?? "Archived",
      lastRun: newest ? { id: newest.id, phase: newest.phase } : null,
      openRuns: own.flatMap(({ id, finishedAt }) => (finishedAt === null ? [id] : [])),
      consecutiveFailures: row.misfires,
    };
  };
  const views = async (wanted: (row: ScheduleToFire) => boolean): Promise<ScheduleView[]> => {
    guard();
    const found = [...rows.values()].filter(wanted).sort((a, b) => (a.name < b.name ? -1 : 1));
    return Promise.all(
      found.map(async (row) => {
        const { secrets: _, ...view } = await shown(row);
        return view;
      }),
    );
  };
  const move = (id: string, version: number, change: Partial<ScheduleToFire>): boolean => {
    const row = rows.get(id);
    if (!row || row.version !== version) return false;
    rows.set(id, { ...row, ...change, version: version + 1 });
    return true;
  };
  return {
    createSchedule: async (schedule) => {
      guard();
      if ([...rows.values()].some(({ name, id }) => name === schedule.name || id === schedule.id))
        return false;
      const template = await templates.template({ id: schedule.templateId });
      rows.set(schedule.id, {
        ...{ ...schedule, version: 1, enabled: true, disabledReason: null, misfires: 0 },
        ...{ templateName: template?.name ?? "", templateStatus: "Active", openRuns: [] },
        ...{ lastAt: null, lastResult: null, lastMessage: null, lastRun: null },
        ...{ consecutiveFailures: 0, failuresSince: SCHEDULES_NOW, createdAt: SCHEDULES_NOW },
        ...{ updatedAt: SCHEDULES_NOW, now: SCHEDULES_NOW },
      });
      return true;
    },
    changeSchedule: async ({ id, version, secrets, audit: _, ...change }: ScheduleChange) =>
      move(id, version, { ...change, ...(secrets && { secrets }) }),
    deleteSchedule: async (id) => rows.delete(id),
    fire: async ({ run, scheduleId, version, scheduledFor, nextFireAt, message }) => {
      const row = rows.get(scheduleId);
      const nothing = { id: run.id, stored: null, full: false, poked: false, number: null };
      if (!row || row.version !== version) return nothing;
      const inserted = await templates.insertTemplateRun(run as NewTemplateRun);
      if (!inserted.stored) return inserted;
      update(run.id, { schedule: { id: scheduleId, name: row.name, scheduledFor } });
      const last = { lastAt: scheduledFor ?? SCHEDULES_NOW, lastResult: "Fired" } as const;
      move(scheduleId, version, { nextFireAt, misfires: 0, lastMessage: message, ...last });
      return inserted;
    },
    schedule: async (reference) => {
      const [found] = await views((row) =>
        "id" in reference ? row.id === reference.id : row.name === reference.name,
      );
      return found ?? null;
    },
    scheduleToFire: async (id) => {
      const row = rows.get(id);
      return row ? shown(row) : null;
    },
    schedules: async ({ templateId, enabled, limit, after }) => {
      const found = await views(
        (row) =>
          (templateId === null || row.templateId === templateId) &&
          (enabled === null || row.enabled === enabled) &&
          (after === null || row.name > after),
      );
      return found.slice(0, limit);
    },
    dueSchedules: async () => [],
    nextDueInMs: async () => null,
    now: async () => {
      guard();
      return SCHEDULES_NOW;
    },
  };
}
