import type { Context } from "hono";
import type { Logger } from "pino";
import type { Authorise, Caller } from "#core/application/authorise-call.ts";
import type { KeyOperations } from "#core/application/manage-keys.ts";
import type { Operations } from "#core/application/operations.ts";
import type { ProviderOperations } from "#core/application/provider-operations.ts";
import type { TemplateOperations } from "#core/application/template-operations.ts";
import type { Scope } from "#core/domain/access/scope.ts";
import type { AuditLog } from "#core/ports/audit-log.ts";
import type { InvariantReader } from "#core/ports/invariant-reader.ts";
import type { RunReader } from "#core/ports/run-reader.ts";
import type { TemplateStore } from "#core/ports/template-store.ts";
import type { UsageReader } from "#core/ports/usage-store.ts";

/** What the routes stand on. */
export interface AppDeps {
  readonly operations: Operations;
  readonly reader: RunReader;
  readonly keys: KeyOperations;
  /** Asked before every route that needs a scope. */
  readonly authorise: Authorise;
  readonly templateOperations: TemplateOperations;
  readonly templates: TemplateStore;
  readonly providerOperations: ProviderOperations;
  readonly usage: UsageReader;
  /** Loaded when somebody asks. */
  readonly audit: () => Promise<AuditLog>;
  /** Loaded when somebody asks. */
  readonly invariants: () => Promise<InvariantReader>;
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
  };
}

export interface HttpEnv {
  Bindings: { event?: GatewayEvent };
  Variables: { requestId: string; runId: string; caller?: Caller };
}

export type HttpContext = Context<HttpEnv>;

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** What the caller's key must be good for; `open` = nobody is asked. */
  readonly scope: Scope | "open";
  readonly handle: (c: HttpContext) => Promise<Response>;
}

/** Who asks, as its API key says; null = nobody was asked (anonymous calls on a local stage). */
export function callerOf(c: HttpContext): string | null {
  const caller = c.get("caller");
  if (!caller) throw new Error("a route was reached without asking who calls");
  return caller.label;
}
