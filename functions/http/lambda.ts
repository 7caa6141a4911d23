import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from "aws-lambda";
import type { Hono } from "hono";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import type { HttpEnv } from "./http-env.ts";

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context?: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** The app as a Lambda behind an API Gateway HTTP API (payload format 2.0). */
export function createHandler(app: Hono<HttpEnv>): HttpHandler {
  const answer = handle(app, { isContentTypeBinary: isBinary });
  return async (event, context) => {
    const result = await answer(withoutUselessBody(event), context as LambdaContext | undefined);
    return result as APIGatewayProxyStructuredResultV2;
  };
}

/** Output of jobs is text only by its label: passed on as a string it would lose its odd bytes. */
const isBinary = (contentType: string): boolean => contentType.startsWith("text/plain");

/** API Gateway lets a GET have a body, `Request` does not. */
function withoutUselessBody(event: APIGatewayProxyEventV2): LambdaEvent {
  const { method } = event.requestContext.http;
  const { body, ...rest } = event;
  const kept = method === "GET" || method === "HEAD" ? null : (body ?? null);
  // The same event in the words of two type packages that differ on what is optional.
  return { ...rest, body: kept } as unknown as LambdaEvent;
}
