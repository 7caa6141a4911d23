/** What entry points may ask about schedules on behalf of a caller. */
import type { ControlStore } from "#core/ports/control-store.ts";
import type { ScheduleStore, ScheduleView } from "#core/ports/schedule-store.ts";
import { changeSchedule } from "./change-schedule.ts";
import { createSchedule } from "./create-schedule.ts";
import { findSchedule } from "./find-schedule.ts";
import type { SubmitOutcome } from "./operations.ts";
import { setScheduleStatus } from "./set-schedule-status.ts";
import type { TemplateDeps } from "./template-deps.ts";
import { triggerSchedule } from "./trigger-schedule.ts";
import { type UpcomingQuery, type UpcomingRun, upcomingRuns } from "./upcoming-runs.ts";

/** What the use cases of schedules stand on. */
export interface ScheduleDeps extends TemplateDeps {
  readonly schedules: ScheduleStore;
  readonly requestStops: ControlStore["requestStops"];
}

export interface CreateScheduleRequest {
  /** Unparsed body of the caller. */
  readonly input: unknown;
  /** The same key creates the same schedule, however often it is sent. */
  readonly idempotencyKey: string | null;
  readonly createdBy: string | null;
}

export interface ChangeScheduleRequest {
  /** Id or name. */
  readonly reference: string;
  /** Unparsed; fields that are left out stay as they are. */
  readonly input: unknown;
  readonly by: string | null;
}

export interface TriggerRequest {
  readonly reference: string;
  readonly idempotencyKey: string | null;
  readonly by: string | null;
}

/** The use cases of schedules, as an entry point calls them. */
export interface ScheduleOperations {
  /** Throws InvalidSpec, InvalidRequest, TemplateNotFound, TemplateNotActive, ScheduleExists, Conflict. */
  create(request: CreateScheduleRequest): Promise<{ schedule: ScheduleView; created: boolean }>;
  /** Throws ScheduleNotFound, InvalidSpec, InvalidRequest, Conflict. */
  change(request: ChangeScheduleRequest): Promise<ScheduleView>;
  /** The same status again is harmless. Throws ScheduleNotFound, Conflict. */
  setEnabled(reference: string, enabled: boolean, by: string | null): Promise<ScheduleView>;
  /** Answers what was there. Throws ScheduleNotFound. */
  remove(reference: string, by: string | null): Promise<ScheduleView>;
  /** Throws ScheduleNotFound, TemplateNotActive, Conflict, InvalidRequest, Unplaceable, QueueFull. */
  trigger(request: TriggerRequest): Promise<SubmitOutcome>;
  /** Throws TemplateNotFound. */
  upcoming(query: UpcomingQuery): Promise<UpcomingRun[]>;
}

/** The use cases over what they stand on. */
export const scheduleOperations = (deps: ScheduleDeps): ScheduleOperations => ({
  create: (request) => createSchedule(deps, request),
  change: (request) => changeSchedule(deps, request),
  setEnabled: (...args) => setScheduleStatus(deps.schedules, ...args),
  remove: async (reference, by) => {
    const schedule = await findSchedule(deps.schedules, reference);
    await deps.schedules.deleteSchedule(schedule.id, by);
    return schedule;
  },
  trigger: (request) => triggerSchedule(deps, request),
  upcoming: (query) => upcomingRuns(deps, query),
});
