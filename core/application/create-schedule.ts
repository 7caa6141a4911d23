import { DomainError } from "#core/domain/errors.ts";
import { fireTimes } from "#core/domain/schedule/fire-times.ts";
import type { ScheduleDefinition } from "#core/domain/schedule/schedule.ts";
import { parseSchedule } from "#core/domain/spec/parse-schedule.ts";
import type { ScheduleView } from "#core/ports/schedule-store.ts";
import { idOf } from "./create-template.ts";
import { findTemplate, notActive } from "./find-template.ts";
import type { CreateScheduleRequest, ScheduleDeps } from "./schedule-operations.ts";
import { keptValues } from "./schedule-values.ts";

type Deps = Pick<ScheduleDeps, "templates" | "schedules" | "newId">;

/**
 * Stores a schedule, enabled, due for the first time after now. With an idempotency key its id is made of
 * the key and the request, so that a repeat finds its own schedule (`created: false`). Throws InvalidSpec,
 * InvalidRequest for values that the template does not take, TemplateNotFound, TemplateNotActive when it
 * is archived, ScheduleExists, and Conflict when the install has as many as it may.
 */
export async function createSchedule(
  deps: Deps,
  { input, idempotencyKey, createdBy }: CreateScheduleRequest,
): Promise<{ schedule: ScheduleView; created: boolean }> {
  const { name, template: reference, settings, parameters } = parseSchedule(input);
  const nextFireAt = firstTime(settings, await deps.schedules.now());
  const template = await findTemplate(deps.templates, reference);
  if (template.status === "Archived") throw notActive(template);
  const { shown, secrets } = keptValues(template, parameters);
  const said = { name, template: template.id, ...settings, parameters: shown };
  const id =
    idempotencyKey === null
      ? deps.newId()
      : idOf(`schedule ${idempotencyKey} ${JSON.stringify(said)}`);
  const created = await deps.schedules.createSchedule({
    ...{ id, name, templateId: template.id, ...settings },
    ...{ parameters: shown, secrets, nextFireAt, createdBy },
  });
  const schedule = await deps.schedules.schedule({ id });
  if (schedule) return { schedule, created };
  if (!(await deps.schedules.schedule({ name })))
    throw new DomainError("Conflict", "there are as many schedules as there may be");
  throw new DomainError("ScheduleExists", `there is a schedule ${name} already`, {
    fields: [{ path: "name", message: "belongs to another schedule" }],
  });
}

/** When a schedule is due for the first time after `nowMs`. Throws InvalidSpec, also when it never is. */
export function firstTime(
  { cron, timezone }: Pick<ScheduleDefinition, "cron" | "timezone">,
  nowMs: number,
): number {
  const next = fireTimes(cron, timezone).next(nowMs);
  if (next !== null) return next;
  const message = "is never due: no day is both";
  throw new DomainError("InvalidSpec", `cron ${message}`, { fields: [{ path: "cron", message }] });
}
