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
import { problemResponse } from "./problem.ts";

export type HttpHandler = (event: APIGatewayProxyEventV2, context?: Context) => Promise<Result>;

type Result = APIGatewayProxyStructuredResultV2;

const METHOD = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/i;
/** No group that repeats: on megabytes it would not come back. */
const BASE64 = /^[a-z0-9+/]*={0,2}$/i;

/** The app as a Lambda behind an API Gateway HTTP API (payload format 2.0). */
export function createHandler(app: Hono<HttpEnv>): HttpHandler {
  const answer = handle(app, { isContentTypeBinary: isBinary });
  return async (event, context) => {
    if (!isReadable(event)) return refuse(event?.requestContext?.requestId);
    const answered = await answer(withoutUselessBody(event), context as LambdaContext | undefined);
    const result = answered as Result;
    // What the app answers has its id: it did not see this one.
    return result.headers?.["x-request-id"] ? result : refuse(event.requestContext.requestId);
  };
}

/** Output of jobs is text only by its label: passed on as a string it would lose its odd bytes. */
const isBinary = (contentType: string): boolean => contentType.startsWith("text/plain");

/** false: no request can be made of it, which the adapter would say in words of its own. */
function isReadable(event: APIGatewayProxyEventV2): boolean {
  const { rawPath, headers, isBase64Encoded, body = "" } = event ?? {};
  const method = event?.requestContext?.http?.method;
  try {
    new Headers(headers as Record<string, string>);
  } catch {
    return false;
  }
  const isBody = isBase64Encoded ? isBase64(body) : typeof (body ?? "") === "string";
  return METHOD.test(method as string) && /^\//.test(rawPath) && isBody;
}

const isBase64 = (body: string | undefined): boolean =>
  typeof body === "string" && body.length % 4 === 0 && BASE64.test(body);

async function refuse(requestId: string = randomUUID()): Promise<Result> {
  const error = new DomainError("InvalidRequest", "no HTTP request");
  const { status, headers, body } = problemResponse(error, requestId);
  return {
    statusCode: status,
    headers: { ...Object.fromEntries(headers), "x-request-id": requestId },
    body: await new Response(body).text(),
  };
}

/** API Gateway lets a GET have a body, `Request` does not. */
function withoutUselessBody(event: APIGatewayProxyEventV2): LambdaEvent {
  const { method } = event.requestContext.http;
  const { body, ...rest } = event;
  const kept = /^(GET|HEAD)/i.test(method) ? null : (body ?? null);
  // The same event in the words of two type packages that differ on what is optional.
  return { ...rest, body: kept } as unknown as LambdaEvent;
}
