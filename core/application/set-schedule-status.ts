import { actorOf } from "#core/domain/audit/audit-event.ts";
import type { ScheduleStore, ScheduleView } from "#core/ports/schedule-store.ts";
import { decideAnew } from "./change-schedule.ts";
import { firstTime } from "./create-schedule.ts";

/**
 * Enables or disables a schedule. Enabling forgets failures, and what was missed meanwhile. The status it
 * has already is harmless. Throws ScheduleNotFound, Conflict; InvalidSpec where its time zone is gone.
 */
export const setScheduleStatus = (
  schedules: ScheduleStore,
  reference: string,
  enabled: boolean,
  by: string | null,
): Promise<ScheduleView> =>
  decideAnew(schedules, reference, async (view) => {
    if (view.enabled === enabled) return null;
    const type = enabled ? "ScheduleEnabled" : "ScheduleDisabled";
    const forgets = enabled ? { failuresSince: view.now, misfires: 0 } : {};
    return {
      ...{ ...view, ...forgets, enabled, secrets: null, audit: { type, by } },
      disabledReason: enabled ? null : `disabled by ${actorOf(by)}`,
      nextFireAt: enabled ? firstTime(view, view.now) : null,
    };
  });
