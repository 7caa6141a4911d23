import { SqlError } from "../sql-client.ts";
import type { Judgement, RetryPolicy } from "./retry.ts";
import { meaningOf } from "./sql-state.ts";

/** How long each kind of trouble is repeated. */
export interface DataApiPolicies {
  readonly ordinary: RetryPolicy;
  readonly resuming: RetryPolicy;
}

/** What the SDK throws, as far as we look. */
interface SdkError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The SQLSTATE stands at the end of the message, in DatabaseErrorException and, on older clusters, in BadRequestException. */
const SQL_STATE = /SQLState: ([0-9A-Z]{5})/;
/** The service gives no field for it; Postgres names it in the message. */
const CONSTRAINT = /constraint "([^"]+)"/;
/** After the first line come details with the row's values: they stay out of our errors. */
const DETAILS = /\n|; (Position|SQLState):/;
const TOO_LARGE = /size limit|too large|longer than \d+/i;
const THROTTLED = /^(Throttling|ThrottlingException|TooManyRequestsException|LimitExceeded\w*)$/;
const PASSING = new Set([
  "DatabaseUnavailableException",
  "InternalServerErrorException",
  "ServiceUnavailableError",
  "ServiceUnavailableException",
  "StatementTimeoutException",
  "TimeoutError",
]);
/** Repeating cannot help, but neither is the statement at fault. */
const MISCONFIGURED = new Set([
  "AccessDeniedException",
  "DatabaseNotFoundException",
  "ForbiddenException",
  "HttpEndpointNotEnabledException",
  "InvalidResourceStateException",
  "InvalidSecretException",
  "SecretsErrorException",
]);

/** Maps every failure of a call; the name decides before the status, the SQLSTATE before both. */
export function judgeDataApi(thrown: unknown, policies: DataApiPolicies): Judgement {
  if (thrown instanceof SqlError) return { error: thrown, policy: null };
  const failure = thrown as SdkError;
  const [, sqlState] = SQL_STATE.exec(failure.message) ?? [];
  if (sqlState !== undefined) return ofState(sqlState, failure, policies.ordinary);
  const message = `${failure.name}: ${firstLine(failure.message)}`;
  if (failure.name === "DatabaseResumingException") {
    return { error: unavailable(message, thrown), policy: policies.resuming };
  }
  if (isPassing(failure)) {
    return { error: unavailable(message, thrown), policy: policies.ordinary };
  }
  if (MISCONFIGURED.has(failure.name)) return { error: unavailable(message, thrown), policy: null };
  const status = failure.$metadata?.httpStatusCode;
  const kind = status === 413 || TOO_LARGE.test(failure.message) ? "too-large" : "defect";
  return { error: new SqlError(kind, message), policy: null };
}

function ofState(sqlState: string, failure: SdkError, ordinary: RetryPolicy): Judgement {
  const { kind, repeat } = meaningOf(sqlState);
  const [, constraint = null] =
    kind === "constraint" ? (CONSTRAINT.exec(failure.message) ?? []) : [];
  const error = new SqlError(kind, firstLine(failure.message), { sqlState, constraint });
  return { error, policy: repeat ? ordinary : null };
}

/** No status = no answer: the network, or the connection was cut. */
function isPassing({ name, $metadata }: SdkError): boolean {
  const status = $metadata?.httpStatusCode;
  return PASSING.has(name) || THROTTLED.test(name) || status === undefined || status >= 500;
}

const firstLine = (message: string): string => message.split(DETAILS, 1)[0] ?? message;
const unavailable = (message: string, cause: unknown) =>
  new SqlError("unavailable", message, { cause });
