import { randomUUID } from "node:crypto";
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from "aws-lambda";
import type { Hono } from "hono";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import { DomainError } from "#core/domain/errors.ts";
import type { HttpEnv } from "./http-env.ts";
import { HttpRefusal, problemResponse } from "./problem.ts";

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context?: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const NOT_WELL_FORMED = new DomainError("InvalidRequest", "this is no well-formed HTTP request");
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** The app as a Lambda behind an API Gateway HTTP API (payload format 2.0). */
export function createHandler(app: Hono<HttpEnv>): HttpHandler {
  const answer = handle(app, { isContentTypeBinary: isBinary });
  return async (event, context) => {
    const refusal = refusalOf(event);
    if (refusal) return refused(refusal, event?.requestContext?.requestId);
    const answered = await answer(withoutUselessBody(event), context as LambdaContext | undefined);
    const result = answered as APIGatewayProxyStructuredResultV2;
    if (result.headers && "x-request-id" in result.headers) return result;
    return refused(NOT_WELL_FORMED, event.requestContext.requestId); // the app did not see it
  };
}

/** Output of jobs is text only by its label: passed on as a string it would lose its odd bytes. */
const isBinary = (contentType: string): boolean => contentType.startsWith("text/plain");

/** What no request can be made of, which the adapter would refuse in words of its own; null = it is well. */
function refusalOf(event: APIGatewayProxyEventV2): DomainError | null {
  const method = event?.requestContext?.http?.method;
  if (typeof method !== "string" || !String(event.rawPath).startsWith("/")) return NOT_WELL_FORMED;
  if (!METHODS.includes(method.toUpperCase()))
    return new HttpRefusal(405, "RouteNotFound", `${method.slice(0, 20)} is not possible here`, {
      headers: { allow: METHODS.join(", ") },
    });
  try {
    new Headers(Object.entries(event.headers ?? {}).map(([name, value]) => [name, String(value)]));
  } catch {
    return new DomainError("InvalidRequest", "the headers are not well formed");
  }
  const body: unknown = event.body ?? "";
  if (typeof body === "string" && (!event.isBase64Encoded || BASE64.test(body))) return null;
  return new DomainError("InvalidRequest", "the body is not encoded as the event says");
}

async function refused(
  refusal: DomainError,
  requestId: string = randomUUID(),
): Promise<APIGatewayProxyStructuredResultV2> {
  const response = problemResponse(refusal, requestId);
  const headers = { ...Object.fromEntries(response.headers), "x-request-id": requestId };
  return {
    statusCode: response.status,
    headers: { ...headers, "cache-control": "no-store" },
    body: await response.text(),
    isBase64Encoded: false,
  };
}

/** API Gateway lets a GET have a body, `Request` does not. */
function withoutUselessBody(event: APIGatewayProxyEventV2): LambdaEvent {
  const { method } = event.requestContext.http;
  const { body, ...rest } = event;
  const kept = ["GET", "HEAD"].includes(method.toUpperCase()) ? null : (body ?? null);
  // The same event in the words of two type packages that differ on what is optional.
  return { ...rest, body: kept } as unknown as LambdaEvent;
}
