import { setTimeout as sleep } from "node:timers/promises";
import { Hono } from "hono";
import { DomainError, isDomainError } from "#core/domain/errors.ts";
import { cancelRuns } from "./cancel-runs.ts";
import type { AppDeps, HttpContext, HttpEnv, Route } from "./http-env.ts";
import { readLogs } from "./logs.ts";
import { getOpenApi } from "./openapi.ts";
import { patchRun } from "./patch-run.ts";
import { HttpRefusal, problemResponse } from "./problem.ts";
import { requestFields, requestScope } from "./request-scope.ts";
import { cancelRun, getRun, listAttempts, listEvents, listRuns, submitRun } from "./runs.ts";
import { submitRuns } from "./submit-runs.ts";
import { templateRoutes } from "./template-routes.ts";
import { rerun } from "./template-runs.ts";
import { listWorkers } from "./workers.ts";

export type { AppDeps, HttpEnv } from "./http-env.ts";

/** The HTTP API as one app that runs wherever there is `fetch`: in Lambda, in local mode, in a test. */
export function createApp(deps: AppDeps): Hono<HttpEnv> {
  const { log, now = Date.now, pause = pauseFor } = deps;
  const routes: readonly Route[] = [
    { method: "GET", path: "/healthz", handle: async (c) => c.json({ status: "ok" }) },
    { method: "GET", path: "/v1/openapi.json", handle: getOpenApi },
    { method: "POST", path: "/v1/runs", handle: (c) => submitRun(c, deps) },
    { method: "GET", path: "/v1/runs", handle: (c) => listRuns(c, deps, { now, pause }) },
    { method: "POST", path: "/v1/runs/bulk", handle: (c) => submitRuns(c, deps) },
    { method: "POST", path: "/v1/runs/cancel", handle: (c) => cancelRuns(c, deps) },
    { method: "GET", path: "/v1/runs/:id", handle: (c) => getRun(c, deps, { now, pause }) },
    { method: "PATCH", path: "/v1/runs/:id", handle: (c) => patchRun(c, deps) },
    { method: "GET", path: "/v1/runs/:id/attempts", handle: (c) => listAttempts(c, deps) },
    { method: "GET", path: "/v1/runs/:id/events", handle: (c) => listEvents(c, deps) },
    { method: "GET", path: "/v1/runs/:id/logs", handle: (c) => readLogs(c, deps, { now, pause }) },
    { method: "POST", path: "/v1/runs/:id/cancel", handle: (c) => cancelRun(c, deps) },
    { method: "POST", path: "/v1/runs/:id/rerun", handle: (c) => rerun(c, deps) },
    ...templateRoutes(deps),
    { method: "GET", path: "/v1/workers", handle: (c) => listWorkers(c, deps) },
  ];
  const app = new Hono<HttpEnv>();
  app.use(requestScope(log, now));
  // Path by path, so that a path that is known is never taken for an id in another one.
  for (const [path, some] of Map.groupBy(routes, ({ path }) => path)) {
    for (const { method, handle } of some) app.on(method, path, handle);
    app.all(path, (c) => answerOtherMethod(c, allowedMethods(some)));
  }
  const answerError = (error: unknown, c: HttpContext): Response => {
    if (!isDomainError(error)) log.error({ ...requestFields(c), err: error }, "request failed");
    return problemResponse(error, c.get("requestId"));
  };
  app.onError(answerError);
  app.notFound((c) => answerError(nothingAt(c.req.path), c));
  return app;
}

const nothingAt = (path: string): DomainError =>
  new DomainError("RouteNotFound", `there is nothing at ${path.slice(0, 200)}`);

/** What `Allow` says of the routes of one path. HEAD is GET without a body. */
function allowedMethods(routes: readonly Route[]): string {
  const methods = routes.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  return [...methods, "OPTIONS"].join(", ");
}

function answerOtherMethod(c: HttpContext, allow: string): Response {
  if (c.req.method === "OPTIONS") return c.body(null, 204, { allow });
  throw new HttpRefusal(405, "RouteNotFound", `${c.req.method} is not possible here`, {
    headers: { allow },
  });
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined); // aborted: the caller looks itself
}
