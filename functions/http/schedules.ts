import { checkCron } from "#core/application/check-cron.ts";
import { findSchedule } from "#core/application/find-schedule.ts";
import { findTemplate } from "#core/application/find-template.ts";
import { limits } from "#core/domain/limits.ts";
import { parseIdempotencyKey } from "#core/domain/spec/idempotency-key.ts";
import { parseInstant } from "#core/domain/spec/instant.ts";
import { isRunName } from "#core/domain/spec/run-name.ts";
import type {
  CronCheckBody,
  DeletedScheduleBody,
  ScheduleBody,
  ScheduleListBody,
  UpcomingBody,
} from "#core/domain/spec/schedule-api.ts";
import { type AppDeps, callerOf, type HttpContext } from "./http-env.ts";
import { readJsonBody } from "./json-body.ts";
import { openQuery, type Query } from "./query.ts";
import { instant } from "./render.ts";
import { renderSchedule, renderUpcoming } from "./render-schedule.ts";
import { answerSubmit, idempotencyHeader } from "./runs.ts";
import { badField } from "./template-fields.ts";
import { referenceOf } from "./templates.ts";

/** POST /v1/schedules: 201 with a new schedule, 200 with the one that this key made before. */
export async function createSchedule(c: HttpContext, deps: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const idempotencyKey = parseIdempotencyKey(idempotencyHeader(c));
  const input = await readJsonBody(c.req.raw);
  if (input === undefined) throw badField("", "the body must be a schedule as JSON");
  const request = { input, idempotencyKey, createdBy: callerOf(c) };
  const { schedule, created } = await deps.scheduleOperations.create(request);
  c.header("location", `/v1/schedules/${schedule.id}`);
  return c.json<ScheduleBody>(renderSchedule(schedule), created ? 201 : 200);
}

/** GET /v1/schedules?template=&enabled=&limit=&cursor= */
export async function listSchedules(c: HttpContext, deps: AppDeps): Promise<Response> {
  const query = openQuery(c.req.url);
  const template = query.one("template");
  const enabled = readEnabled(query);
  const limit = readLimit(query);
  const after = query.one("cursor");
  if (after !== null && !isRunName(after))
    query.refuse("cursor", "must be the `next` of the page before");
  query.close();
  const templateId = template === null ? null : (await findTemplate(deps.templates, template)).id;
  const found = await deps.schedules.schedules({ templateId, enabled, limit, after });
  const next = found.length === limit ? (found.at(-1)?.name ?? null) : null;
  return c.json<ScheduleListBody>({ schedules: found.map(renderSchedule), next });
}

/** GET /v1/schedules/{name or id} */
export async function getSchedule(c: HttpContext, { schedules }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  return c.json<ScheduleBody>(renderSchedule(await findSchedule(schedules, referenceOf(c))));
}

/** PATCH /v1/schedules/{name or id}: what is left out stays. */
export async function changeSchedule(c: HttpContext, deps: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const input = await readJsonBody(c.req.raw);
  const request = { reference: referenceOf(c), input, by: callerOf(c) };
  return c.json<ScheduleBody>(renderSchedule(await deps.scheduleOperations.change(request)));
}

/** DELETE /v1/schedules/{name or id} */
export async function deleteSchedule(c: HttpContext, deps: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const { id, name } = await deps.scheduleOperations.remove(referenceOf(c), callerOf(c));
  return c.json<DeletedScheduleBody>({ id, name });
}

/** POST …/enable, POST …/disable: the same again is harmless. */
export const setEnabled =
  (enabled: boolean) =>
  async (c: HttpContext, { scheduleOperations }: AppDeps): Promise<Response> => {
    openQuery(c.req.url).close();
    const schedule = await scheduleOperations.setEnabled(referenceOf(c), enabled, callerOf(c));
    return c.json<ScheduleBody>(renderSchedule(schedule));
  };

/** POST …/trigger: 201 with a new run, 200 with the one of this key. */
export async function triggerSchedule(c: HttpContext, deps: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const idempotencyKey = parseIdempotencyKey(idempotencyHeader(c));
  const request = { reference: referenceOf(c), idempotencyKey, by: callerOf(c) };
  return answerSubmit(c, await deps.scheduleOperations.trigger(request));
}

/** GET /v1/schedules/upcoming?from=&to=&template=&limit= */
export async function listUpcoming(c: HttpContext, deps: AppDeps): Promise<Response> {
  const query = openQuery(c.req.url);
  const asked = {
    fromMs: readInstant(query, "from"),
    toMs: readInstant(query, "to"),
    template: query.one("template"),
    limit: readLimit(query),
  };
  query.close();
  return c.json<UpcomingBody>(renderUpcoming(await deps.scheduleOperations.upcoming(asked)));
}

/** GET /v1/schedules/check?cron=&timezone= */
export async function checkExpression(c: HttpContext, { schedules }: AppDeps): Promise<Response> {
  const query = openQuery(c.req.url);
  const cron = query.one("cron");
  const timezone = query.one("timezone");
  if (cron === null) query.refuse("cron", "is required");
  query.close();
  const { problem, next } = checkCron(cron ?? "", timezone ?? "", await schedules.now());
  const times = next.map((at) => ({ at: instant(at) }));
  return c.json<CronCheckBody>({ valid: problem === null, problem, next: times });
}

function readLimit(query: Query): number {
  const { pageItemsMax: max, pageItemsDefault: fallback } = limits;
  return query.number("limit", { min: 1, max, fallback });
}

function readEnabled(query: Query): boolean | null {
  const text = query.one("enabled");
  if (text === null || text === "true" || text === "false")
    return text === null ? null : text === "true";
  query.refuse("enabled", "must be true or false");
  return null;
}

function readInstant(query: Query, name: string): number | null {
  const text = query.one(name);
  if (text === null) return null;
  const parsed = parseInstant(text);
  if (parsed === null)
    query.refuse(name, "must be an RFC 3339 instant such as 2026-01-31T12:00:00Z");
  return parsed === null ? null : Date.parse(parsed);
}
