import {
  DomainError,
  type ErrorCode,
  type FieldProblem,
  isDomainError,
} from "#core/domain/errors.ts";
import type { ProblemBody } from "#core/domain/spec/api.ts";

const STATUS = {
  InvalidSpec: 400,
  SpecTooLarge: 413,
  Unplaceable: 422,
  InvalidRequest: 400,
  Unauthenticated: 401,
  Forbidden: 403,
  RateLimited: 429,
  RouteNotFound: 404,
  RunNotFound: 404,
  WorkerNotFound: 404,
  KeyNotFound: 404,
  TemplateNotFound: 404,
  TemplateExists: 409,
  TemplateNotActive: 409,
  AlreadyFinished: 409,
  Conflict: 409,
  IdempotencyConflict: 422,
  ProviderNotFound: 404,
  ProviderNameTaken: 409,
  ProviderInUse: 409,
  TokenRefused: 401,
  SessionRefused: 401,
  MessageRefused: 400,
  QueueFull: 429,
  StoreUnavailable: 503,
  Internal: 500,
} satisfies Record<ErrorCode, number>;

const TITLE = {
  InvalidSpec: "The run spec has bad fields",
  SpecTooLarge: "The request is too large",
  Unplaceable: "No machine of this installation could ever run this",
  InvalidRequest: "The request is not well formed",
  Unauthenticated: "The call carries no valid API key",
  Forbidden: "The API key does not allow this",
  RateLimited: "Too many calls with this API key",
  RouteNotFound: "There is no such route",
  RunNotFound: "There is no such run",
  WorkerNotFound: "There is no such worker",
  KeyNotFound: "There is no such API key",
  TemplateNotFound: "There is no such template",
  TemplateExists: "A template of this name exists",
  TemplateNotActive: "The template takes no new runs or changes",
  Conflict: "It is not, or no more, in a state that allows this",
  AlreadyFinished: "The run has finished already",
  IdempotencyConflict: "The idempotency key belongs to another request",
  ProviderNotFound: "There is no such provider",
  ProviderNameTaken: "Another provider has this name",
  ProviderInUse: "This installation makes its machines with this provider",
  TokenRefused: "The token was refused",
  SessionRefused: "The session was refused",
  MessageRefused: "The message was refused",
  QueueFull: "Too many runs are waiting",
  StoreUnavailable: "The store cannot be reached for the moment",
  Internal: "Something went wrong on this side",
} satisfies Record<ErrorCode, string>;

/** Seconds after which a repeat has a chance. */
const RETRY_AFTER: Partial<Record<ErrorCode, number>> = {
  RateLimited: 1,
  QueueFull: 10,
  StoreUnavailable: 2,
};

/** What RFC 9110 asks of a 401: how one may try again. */
const CHALLENGE = 'Bearer realm="hodei"';

/** A refusal by HTTP itself, whose status is finer than the one of its code (405, 415, …). */
export class HttpRefusal extends DomainError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    options: { fields?: readonly FieldProblem[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(code, message, { fields: options.fields ?? [] });
    this.status = status;
    this.headers = options.headers ?? {};
  }
}

/**
 * The RFC 9457 answer to an error. Only a DomainError may speak for itself: of everything else the
 * caller learns no word, just the request id that leads to the log line.
 */
export function problemResponse(error: unknown, requestId: string): Response {
  const known = isDomainError(error)
    ? error
    : new DomainError("Internal", "the request failed; the log has the reason under this instance");
  const status = known instanceof HttpRefusal ? known.status : STATUS[known.code];
  const body: ProblemBody = {
    type: `urn:hodei:problem:${toKebabCase(known.code)}`,
    title: TITLE[known.code],
    status,
    detail: known.message,
    instance: requestId,
    code: known.code,
    errors: known.fields,
  };
  const headers = new Headers({ "content-type": "application/problem+json" });
  const retryAfter = retryAfterSeconds(known);
  if (retryAfter !== undefined) headers.set("retry-after", String(retryAfter));
  if (known.code === "Unauthenticated") headers.set("www-authenticate", CHALLENGE);
  if (known instanceof HttpRefusal) {
    for (const [name, value] of Object.entries(known.headers)) headers.set(name, value);
  }
  return new Response(JSON.stringify(body), { status, headers });
}

const retryAfterSeconds = ({ code, retryAfterMs }: DomainError): number | undefined =>
  retryAfterMs === null ? RETRY_AFTER[code] : Math.max(1, Math.ceil(retryAfterMs / 1000));

const toKebabCase = (code: string): string => code.replace(/(?!^)[A-Z]/g, "-$&").toLowerCase();
