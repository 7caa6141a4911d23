import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { Logger } from "pino";
import type { HttpContext, HttpEnv } from "./http-env.ts";

const PATH_CHARS_MAX = 200;

/**
 * Gives every request its id (API Gateway's own where there is one), every answer the headers that
 * all share, and the log one line for each. Neither query, headers nor bodies are ever logged.
 */
export function requestScope(log: Logger, now: () => number): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const requestId = c.env?.event?.requestContext?.requestId ?? randomUUID();
    c.set("requestId", requestId);
    const startedAt = now();
    await next();
    c.header("x-request-id", requestId);
    c.header("cache-control", "no-store");
    c.header("x-content-type-options", "nosniff");
    const level = c.req.path === "/healthz" ? "debug" : "info";
    log[level]({ ...requestFields(c), status: c.res.status, ms: now() - startedAt }, "request");
  };
}

/** What a log line about a request always says. */
export const requestFields = (c: HttpContext): Readonly<Record<string, unknown>> => ({
  requestId: c.get("requestId"),
  method: c.req.method,
  path: c.req.path.slice(0, PATH_CHARS_MAX),
  runId: c.get("runId"),
  keyId: c.get("caller")?.keyId,
});
