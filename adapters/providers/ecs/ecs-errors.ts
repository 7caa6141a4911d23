import type { Failure } from "@aws-sdk/client-ecs";
import { ProviderError, type ProviderErrorKind } from "#core/ports/provider.ts";

/** The parts of an SDK or network error that are looked at; every one may be absent. */
interface ErrorShape {
  readonly name?: string;
  readonly message?: string;
  readonly $fault?: "client" | "server";
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly resourceIds?: readonly string[];
}

const KIND_OF: Readonly<Record<string, ProviderErrorKind>> = {
  ThrottlingException: "throttled",
  Throttling: "throttled",
  TooManyRequestsException: "throttled",
  RequestLimitExceeded: "throttled",
  LimitExceededException: "no-capacity",
  AccessDeniedException: "denied",
  BlockedException: "denied",
  CredentialsProviderError: "denied",
  ExpiredTokenException: "denied",
  InvalidSignatureException: "denied",
  MissingAuthenticationTokenException: "denied",
  OptInRequired: "denied",
  UnrecognizedClientException: "denied",
  ClientException: "bad-request",
  ClusterNotFoundException: "bad-request",
  ConflictException: "bad-request",
  InvalidParameterException: "bad-request",
  PlatformTaskDefinitionIncompatibilityException: "bad-request",
  PlatformUnknownException: "bad-request",
  UnsupportedFeatureException: "bad-request",
  ServerException: "unavailable",
};

/** A full account answers ClientException on some paths; only its text tells it apart. */
const FULL = /capacity is unavailable|reached the limit/i;

/** Reasons of `failures[]` that waiting does not cure; every other one is lack of room. */
const REFUSED = /^(MISSING|INACTIVE|ATTRIBUTE|LOCATION)\b/i;

/** Any error of an ECS call → ProviderError. The original is not kept: it may quote the request. */
export function toProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  const shape = shapeOf(error);
  const requestId = shape.$metadata?.requestId;
  const text = `${shape.name ?? "Error"}: ${shape.message ?? "no message"}`;
  return new ProviderError(kindOf(shape), requestId ? `${text} (request ${requestId})` : text);
}

/** What a call answers; whatever goes wrong in it is a ProviderError. */
export async function guarded<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toProviderError(error);
  }
}

/** RunTask's `failures[]`, which arrive with HTTP 200 → ProviderError with the reasons. */
export function failuresToProviderError(failures: readonly Failure[]): ProviderError {
  if (failures.length === 0) {
    return new ProviderError("unavailable", "RunTask answered neither a task nor a failure");
  }
  const reasons = failures.map((failure) =>
    [failure.reason ?? "unknown", failure.detail].filter(Boolean).join(": "),
  );
  const refused = failures.some((failure) => REFUSED.test(failure.reason ?? ""));
  return new ProviderError(refused ? "bad-request" : "no-capacity", reasons.join("; "));
}

/**
 * The task that an earlier call with this clientToken made, when ECS refuses the repeat because
 * other parameters changed meanwhile (a deployment between the two); else null.
 */
export function conflictingTask(error: unknown): string | null {
  const shape = shapeOf(error);
  return shape.name === "ConflictException" ? (shape.resourceIds?.[0] ?? null) : null;
}

/** true: StopTask was told a task that ECS no longer knows, so there is nothing left to stop. */
export function isTaskNotFound(error: unknown): boolean {
  const shape = shapeOf(error);
  return shape.name === "InvalidParameterException" && /not found/i.test(shape.message ?? "");
}

function kindOf(shape: ErrorShape): ProviderErrorKind {
  const status = shape.$metadata?.httpStatusCode;
  if (status === 429) return "throttled";
  if (shape.name === "ClientException" && FULL.test(shape.message ?? "")) return "no-capacity";
  const known = KIND_OF[shape.name ?? ""];
  if (known) return known;
  if (status === 401 || status === 403) return "denied";
  return shape.$fault === "client" ? "bad-request" : "unavailable"; // network, time-out, 5xx
}

function shapeOf(error: unknown): ErrorShape {
  return typeof error === "object" && error !== null ? error : { message: String(error) };
}
