import { setTimeout as sleep } from "node:timers/promises";
import { Hono } from "hono";
import { DomainError, isDomainError } from "#core/domain/errors.ts";
import { auditRoutes } from "./audit-routes.ts";
import type { AppDeps, HttpContext, HttpEnv, Route } from "./http-env.ts";
import { createKey, listKeys, revokeKey } from "./keys.ts";
import { getOpenApi } from "./openapi.ts";
import { HttpRefusal, problemResponse } from "./problem.ts";
import { providerRoutes } from "./provider-routes.ts";
import { getQueue } from "./queue.ts";
import { requestFields, requestScope } from "./request-scope.ts";
import { runRoutes } from "./run-routes.ts";
import { getScheduler, putScheduler } from "./scheduler.ts";
import { templateRoutes } from "./template-routes.ts";
import { readWorkerUsage } from "./usage.ts";
import { listWorkers } from "./workers.ts";

export type { AppDeps, HttpEnv } from "./http-env.ts";

/** The HTTP API as one app that runs wherever there is `fetch`: in Lambda, in local mode, in a test. */
export function createApp(deps: AppDeps): Hono<HttpEnv> {
  const { log, now = Date.now, pause = pauseFor } = deps;
  const routes: readonly Route[] = [
    {
      method: "GET",
      path: "/healthz",
      scope: "open",
      handle: async (c) => c.json({ status: "ok" }),
    },
    { method: "GET", path: "/v1/openapi.json", scope: "read", handle: getOpenApi },
    ...runRoutes(deps, { now, pause }),
    ...templateRoutes(deps),
    ...providerRoutes(deps),
    { method: "GET", path: "/v1/scheduler", scope: "read", handle: (c) => getScheduler(c, deps) },
    { method: "PUT", path: "/v1/scheduler", scope: "admin", handle: (c) => putScheduler(c, deps) },
    { method: "GET", path: "/v1/queue", scope: "read", handle: (c) => getQueue(c, deps) },
    {
      method: "GET",
      path: "/v1/invariants",
      scope: "read",
      handle: async (c) => (await import("./invariants.ts")).getInvariants(c, deps), // seldom
    },
    { method: "GET", path: "/v1/workers", scope: "read", handle: (c) => listWorkers(c, deps) },
    {
      method: "GET",
      path: "/v1/workers/:id/usage",
      scope: "read",
      handle: (c) => readWorkerUsage(c, deps, { now, pause }),
    },
    ...auditRoutes(deps),
    { method: "POST", path: "/v1/keys", scope: "admin", handle: (c) => createKey(c, deps) },
    { method: "GET", path: "/v1/keys", scope: "admin", handle: (c) => listKeys(c, deps) },
    { method: "DELETE", path: "/v1/keys/:id", scope: "admin", handle: (c) => revokeKey(c, deps) },
  ];
  const app = new Hono<HttpEnv>();
  app.use(requestScope(log, now));
  // Path by path, so that a path that is known is never taken for an id in another one.
  for (const [path, some] of Map.groupBy(routes, ({ path }) => path)) {
    for (const { method, scope, handle } of some)
      app.on(method, path, async (c) => {
        if (scope !== "open")
          c.set("caller", await deps.authorise(c.req.header("authorization"), scope));
        return handle(c);
      });
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
