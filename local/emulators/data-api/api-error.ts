/** An error as the service sends it: a name, an HTTP status, a message. */
export class ApiError extends Error {
  readonly type: string;
  readonly status: number;
  /** Further members of the body, as the error's model has them. */
  readonly members: Readonly<Record<string, string | number>>;

  constructor(
    type: string,
    status: number,
    message: string,
    members: Readonly<Record<string, string | number>> = {},
  ) {
    super(message);
    this.name = "ApiError";
    this.type = type;
    this.status = status;
    this.members = members;
  }
}

export const badRequest = (message: string): ApiError =>
  new ApiError("BadRequestException", 400, message);

export const transactionNotFound = (id: string): ApiError =>
  new ApiError("TransactionNotFoundException", 404, `Transaction ${id} is not found`);

/** What node-postgres throws when the server answered with an error. */
interface ServerError extends Error {
  readonly code?: string;
  readonly severity?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
  readonly where?: string;
}

/** Connection lost, shut down, starting up: the service cannot reach the database. */
const NO_CONNECTION = /^(08|57P)/;
const SOCKET_FAILED = /^E[A-Z]+$/;
const DRIVER_SAYS = /connection|timeout/i;
const QUERY_CANCELED = "57014";

/** The service's error for what the database, or the way to it, answered. */
export function fromDatabase(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const error = thrown as ServerError;
  if (isUnreachable(error)) {
    const message = "Unable to connect to the database";
    return new ApiError("DatabaseUnavailableException", 504, message);
  }
  if (error.severity === undefined) {
    return new ApiError("InternalServerErrorException", 500, `a fault of the double: ${error}`);
  }
  if (error.code === QUERY_CANCELED) {
    return new ApiError("StatementTimeoutException", 400, error.message, { dbConnectionId: 0 });
  }
  return new ApiError("DatabaseErrorException", 400, describe(error));
}

function isUnreachable({ severity, code = "", message }: ServerError): boolean {
  if (severity !== undefined) return NO_CONNECTION.test(code);
  return SOCKET_FAILED.test(code) || DRIVER_SAYS.test(message);
}

/** Severity, message, the fields the JDBC driver adds, SQLSTATE last; never the constraint's name. */
function describe(error: ServerError): string {
  const fields = [
    `${error.severity}: ${error.message}`,
    error.detail && `\n  Detail: ${error.detail}`,
    error.hint && `\n  Hint: ${error.hint}`,
    error.where && `\n  Where: ${error.where}`,
    error.position && `; Position: ${error.position}`,
    `; SQLState: ${error.code}`,
  ];
  return fields.filter(Boolean).join("");
}
