import { isDomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { fireTimes } from "#core/domain/schedule/fire-times.ts";
import type { ScheduleView } from "#core/ports/schedule-store.ts";
import { findTemplate } from "./find-template.ts";
import type { ScheduleDeps } from "./schedule-operations.ts";

/** Instants are epoch milliseconds. */
export interface UpcomingQuery {
  /** null = from now. */
  readonly fromMs: number | null;
  /** null = for as long as one may ask. */
  readonly toMs: number | null;
  /** Name or id of the template; null = of any. */
  readonly template: string | null;
  readonly limit: number;
}

export interface UpcomingRun {
  readonly schedule: ScheduleView;
  readonly atMs: number;
}

/** When enabled schedules are due, the soonest first: what the clock will do if all stays as it is. */
export async function upcomingRuns(
  { schedules, templates }: Pick<ScheduleDeps, "schedules" | "templates">,
  { fromMs, toMs, template, limit }: UpcomingQuery,
): Promise<UpcomingRun[]> {
  const templateId = template === null ? null : (await findTemplate(templates, template)).id;
  const now = await schedules.now();
  const from = Math.max(fromMs ?? now, now);
  const to = Math.min(toMs ?? Infinity, from + limits.upcomingDaysMax * 24 * 3600_000);
  const found: UpcomingRun[] = [];
  for await (const schedule of everyEnabled(schedules, templateId)) {
    for (const atMs of timesOf(schedule, from, to, limit)) found.push({ schedule, atMs });
    found.sort((left, right) => left.atMs - right.atMs);
    found.length = Math.min(found.length, limit);
  }
  return found;
}

async function* everyEnabled(
  schedules: ScheduleDeps["schedules"],
  templateId: string | null,
): AsyncGenerator<ScheduleView> {
  let after: string | null = null;
  for (;;) {
    const limit = limits.pageItemsDefault;
    const page: ScheduleView[] = await schedules.schedules({
      ...{ templateId, enabled: true, limit, after },
    });
    yield* page;
    after = page.at(-1)?.name ?? null;
    if (page.length < limit) return;
  }
}

function* timesOf(
  { cron, timezone }: ScheduleView,
  fromMs: number,
  toMs: number,
  limit: number,
): Generator<number> {
  const times = timesOrNone(cron, timezone);
  let next = times?.next(fromMs - 1) ?? null;
  for (let count = 0; next !== null && next <= toMs && count < limit; count += 1) {
    yield next;
    next = times?.next(next) ?? null;
  }
}

/** A zone that is gone has no times; the tick takes such a schedule off the clock. */
function timesOrNone(cron: string, timezone: string) {
  try {
    return fireTimes(cron, timezone);
  } catch (error) {
    if (isDomainError(error)) return null;
    throw error;
  }
}
