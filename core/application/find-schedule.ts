import { DomainError } from "#core/domain/errors.ts";
import { isUuid } from "#core/domain/spec/uuid.ts";
import type { ScheduleStore, ScheduleToFire, ScheduleView } from "#core/ports/schedule-store.ts";

const SHOWN_CHARS_MAX = 80;

/** The schedule of this id or name. Throws ScheduleNotFound. */
export async function findSchedule(
  schedules: Pick<ScheduleStore, "schedule">,
  reference: string,
): Promise<ScheduleView> {
  const wanted = isUuid(reference) ? { id: reference.toLowerCase() } : { name: reference };
  const schedule = reference.includes("\0") ? null : await schedules.schedule(wanted);
  if (schedule) return schedule;
  throw scheduleNotFound(reference.slice(0, SHOWN_CHARS_MAX));
}

/** The same with its secret values, by id alone. Throws ScheduleNotFound. */
export async function findScheduleToFire(
  schedules: Pick<ScheduleStore, "scheduleToFire">,
  id: string,
): Promise<ScheduleToFire> {
  const schedule = await schedules.scheduleToFire(id);
  if (schedule) return schedule;
  throw scheduleNotFound(id);
}

const scheduleNotFound = (what: string): DomainError =>
  new DomainError("ScheduleNotFound", `there is no schedule ${what}`);
