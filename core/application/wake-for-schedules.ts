import { limits } from "#core/domain/limits.ts";
import type { ScheduleStore } from "#core/ports/schedule-store.ts";
import type { Wake } from "#core/ports/wake.ts";

/**
 * Asks for a look when the next schedule is due, if that is before the next tick. For the tick alone: a
 * wake that asked for another one would never end.
 */
export async function wakeForSchedules(deps: {
  readonly schedules: Pick<ScheduleStore, "nextDueInMs">;
  readonly wake: Wake;
}): Promise<void> {
  const dueInMs = await deps.schedules.nextDueInMs();
  if (dueInMs !== null && dueInMs < limits.tickPeriodMs) await deps.wake.wake(dueInMs);
}
