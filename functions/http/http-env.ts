import type { Context } from "hono";
import type { Logger } from "pino";
import type { Operations } from "#core/application/operations.ts";
import type { TemplateOperations } from "#core/application/template-operations.ts";
import type { RunReader } from "#core/ports/run-reader.ts";
import type { TemplateStore } from "#core/ports/template-store.ts";

/** What the routes stand on. */
export interface AppDeps {
  readonly operations: Operations;
  readonly reader: RunReader;
  readonly templateOperations: TemplateOperations;
  readonly templates: TemplateStore;
  readonly log: Logger;
  /** Epoch milliseconds of a clock that only measures durations here; the tests move it. */
  readonly now?: () => number;
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The part of an API Gateway event (payload 2.0) that is read; absent outside Lambda. */
export interface GatewayEvent {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly requestContext?: {
    readonly requestId?: string;
    readonly authorizer?: {
      readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> };
      readonly iam?: { readonly userArn?: string | null };
    };
  };
}

export interface HttpEnv {
  Bindings: { event?: GatewayEvent };
  Variables: { requestId: string; runId: string };
}

export type HttpContext = Context<HttpEnv>;

export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly handle: (c: HttpContext) => Promise<Response>;
}

/** Who asks, as far as the front door proved it; null = it asked nobody. */
export function callerOf(c: HttpContext): string | null {
  const authorizer = c.env?.event?.requestContext?.authorizer;
  const subject = authorizer?.jwt?.claims?.sub;
  return typeof subject === "string" ? subject : (authorizer?.iam?.userArn ?? null);
}
