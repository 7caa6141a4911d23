import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { type ErrorCode, isDomainError } from "#core/domain/errors.ts";
import type { Log } from "#core/ports/log.ts";

/** The total map from the catalogue of errors to gRPC status. */
export const GRPC_STATUS = {
  InvalidSpec: status.INVALID_ARGUMENT,
  SpecTooLarge: status.INVALID_ARGUMENT,
  Unplaceable: status.FAILED_PRECONDITION,
  InvalidRequest: status.INVALID_ARGUMENT,
  Unauthenticated: status.UNAUTHENTICATED,
  Forbidden: status.PERMISSION_DENIED,
  RateLimited: status.RESOURCE_EXHAUSTED,
  RouteNotFound: status.UNIMPLEMENTED,
  RunNotFound: status.NOT_FOUND,
  WorkerNotFound: status.NOT_FOUND,
  KeyNotFound: status.NOT_FOUND,
  TemplateNotFound: status.NOT_FOUND,
  TemplateExists: status.ALREADY_EXISTS,
  TemplateNotActive: status.FAILED_PRECONDITION,
  ScheduleNotFound: status.NOT_FOUND,
  ScheduleExists: status.ALREADY_EXISTS,
  AlreadyFinished: status.FAILED_PRECONDITION,
  Conflict: status.FAILED_PRECONDITION,
  IdempotencyConflict: status.ALREADY_EXISTS,
  ProviderNotFound: status.NOT_FOUND,
  ProviderNameTaken: status.ALREADY_EXISTS,
  ProviderInUse: status.FAILED_PRECONDITION,
  TokenRefused: status.UNAUTHENTICATED,
  SessionRefused: status.UNAUTHENTICATED,
  MessageRefused: status.INVALID_ARGUMENT,
  QueueFull: status.RESOURCE_EXHAUSTED,
  StoreUnavailable: status.UNAVAILABLE,
  Internal: status.INTERNAL,
} satisfies Record<ErrorCode, status>;

type CallError = Pick<ServiceError, "code" | "details"> & { metadata?: Metadata };

/** What a caller hears of an error: the catalogue's text with its field paths, or nothing inner. */
export function toStatus(error: unknown, log: Log): CallError {
  if (!isDomainError(error) || error.code === "Internal") {
    log.error({ err: error }, "a call failed");
    return { code: status.INTERNAL, details: "internal error" };
  }
  const fields = error.fields.map(({ path, message }) => `${path}: ${message}`).join("; ");
  return {
    code: GRPC_STATUS[error.code],
    details: fields === "" ? error.message : `${error.message} (${fields})`,
    ...(error.retryAfterMs !== null && { metadata: pushback(error.retryAfterMs) }),
  };
}

/** When to try again, in the trailer that the retries of gRPC's own clients read (gRFC A6). */
function pushback(retryAfterMs: number): Metadata {
  const metadata = new Metadata();
  metadata.set("grpc-retry-pushback-ms", String(Math.ceil(retryAfterMs)));
  return metadata;
}
