import type { SqlClient } from "#adapters/store/sql-client.ts";
import type { ScheduleDeps, ScheduleOperations } from "#core/application/schedule-operations.ts";
import type { ScheduleReader } from "#core/ports/schedule-store.ts";

export interface ScheduleComposition {
  readonly schedules: ScheduleReader;
  readonly scheduleOperations: ScheduleOperations;
}

/** Schedules, as the API speaks of them: seldom, so what they need is not read by a cold start. */
export function composeSchedules(
  sql: SqlClient,
  deps: Omit<ScheduleDeps, "schedules">,
): ScheduleComposition {
  const store = async () => {
    const { createScheduleStore } = await import("#adapters/store/schedule-store.ts");
    return createScheduleStore(sql);
  };
  const operations = async (): Promise<ScheduleOperations> => {
    const { scheduleOperations } = await import("#core/application/schedule-operations.ts");
    return scheduleOperations({ ...deps, schedules: await store() });
  };
  return {
    schedules: {
      schedule: async (reference) => (await store()).schedule(reference),
      schedules: async (filter) => (await store()).schedules(filter),
      now: async () => (await store()).now(),
    },
    scheduleOperations: {
      create: async (request) => (await operations()).create(request),
      change: async (request) => (await operations()).change(request),
      setEnabled: async (...args) => (await operations()).setEnabled(...args),
      remove: async (...args) => (await operations()).remove(...args),
      trigger: async (request) => (await operations()).trigger(request),
      upcoming: async (query) => (await operations()).upcoming(query),
    },
  };
}
