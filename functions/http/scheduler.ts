import { DomainError } from "#core/domain/errors.ts";
import type { SchedulerBody } from "#core/domain/spec/scheduling-api.ts";
import { type AppDeps, callerOf, type HttpContext } from "./http-env.ts";
import { readJsonBody } from "./json-body.ts";
import { openQuery } from "./query.ts";

/** GET /v1/scheduler */
export async function getScheduler(c: HttpContext, { operations }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  return c.json<SchedulerBody>(await operations.scheduler());
}

/** PUT /v1/scheduler: the whole configuration; what is left out gets its default. */
export async function putScheduler(c: HttpContext, { operations }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const body = await readJsonBody(c.req.raw);
  if (body === undefined)
    throw new DomainError("InvalidRequest", "the body must be a configuration as JSON");
  return c.json<SchedulerBody>(await operations.configureScheduler(body, callerOf(c)));
}
