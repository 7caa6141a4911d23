import { SqlError } from "../sql-client.ts";
import { meaningOf } from "./sql-state.ts";

/** A failed attempt on node-postgres. */
export interface PgFailure {
  readonly error: SqlError;
  readonly repeat: boolean;
  /** This connection must not be used again. */
  readonly reconnect: boolean;
  /** Every connection made before now leads to the wrong server. */
  readonly reconnectAll: boolean;
}

/** What node-postgres throws: an answer of the server has a five-character `code`. */
interface PgError extends Error {
  readonly code?: string;
  readonly constraint?: string;
  readonly severity?: string;
}

const SQL_STATE = /^[0-9A-Z]{5}$/;
/** A migration changed a table under a prepared statement: a new connection prepares it again. */
const STALE_PLAN = /cached plan must not change result type/;

/** The one usage error of node-postgres that our statements can cause. */
const NAME_USED_TWICE = /Prepared statements must be unique/;

/** Maps every failure of a query or of a connect. Messages carry no row data: details are left out. */
export function pgFailure(thrown: unknown): PgFailure {
  if (thrown instanceof SqlError) {
    return { error: thrown, repeat: false, reconnect: false, reconnectAll: false };
  }
  const failure = thrown as PgError;
  if (failure.severity === undefined || !SQL_STATE.test(failure.code ?? "")) {
    return lostConnection(failure);
  }
  const sqlState = failure.code as string;
  const meaning = STALE_PLAN.test(failure.message) ? meaningOf("26000") : meaningOf(sqlState);
  const constraint = failure.constraint ?? null;
  const error = new SqlError(meaning.kind, failure.message, { sqlState, constraint });
  return { ...meaning, error, reconnectAll: sqlState === "25006" };
}

/**
 * Without a SQLSTATE it is the socket, the name lookup, TLS, a time-out, or node-postgres itself
 * saying that the connection is closed.
 */
function lostConnection(failure: Error): PgFailure {
  if (NAME_USED_TWICE.test(failure.message))
    return pgFailure(new SqlError("defect", failure.message));
  const error = new SqlError("unavailable", `database connection: ${failure.message}`, {
    cause: failure,
  });
  return { error, repeat: true, reconnect: true, reconnectAll: false };
}
