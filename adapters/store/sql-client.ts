/**
 * The seam between SQL and its two drivers (node-postgres, RDS Data API).
 *
 * Every statement of the store answers rows of ONE column named `doc`, a json document: so both
 * drivers give the same JavaScript values (numbers, strings, booleans, null, arrays, objects;
 * instants are epoch milliseconds, made by `hodei.ms()`). Parameters are scalars, named `:name` in
 * the text and cast there (`:runId::uuid`, `:limit::bigint`, `:doc::jsonb`); lists travel as ONE
 * json document. No session state, no multi-statement text.
 */
export interface Statement {
  /** Stable name, unique; also the prepared statement's name. */
  readonly name: string;
  /** Text with `:name` parameters, as the Data API takes it. */
  readonly text: string;
  /** The same with `$1…`, as node-postgres takes it. */
  readonly positional: string;
  /** Parameter names in order of `$1…`. */
  readonly order: readonly string[];
}

/** A json document is passed as `JSON.stringify` text and cast with `::jsonb`. */
export type SqlValue = string | number | boolean | null;
export type SqlParameters = Readonly<Record<string, SqlValue>>;

export interface SqlClient {
  /**
   * Runs one statement and answers its `doc` column, parsed. Safe failures (connection lost,
   * resuming, deadlock, serialization) are repeated by the driver, because every statement of the
   * store is a compare-and-set that may be sent twice. Throws SqlError.
   */
  query<T = unknown>(statement: Statement, parameters?: SqlParameters): Promise<T[]>;
  close(): Promise<void>;
}

export type SqlErrorKind =
  | "constraint" // 23xxx: a guard or constraint refused; `constraint` names it
  | "unavailable" // no connection, resuming, read-only writer, time-out: repeat later
  | "too-large" // the driver's own row, result or request limit
  | "defect"; // anything else: a fault in our statement

/** What a driver throws. `sqlState` where the database gave one. */
export class SqlError extends Error {
  readonly kind: SqlErrorKind;
  readonly sqlState: string | null;
  readonly constraint: string | null;
  constructor(
    kind: SqlErrorKind,
    message: string,
    details: { sqlState?: string | null; constraint?: string | null; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "SqlError";
    this.kind = kind;
    this.sqlState = details.sqlState ?? null;
    this.constraint = details.constraint ?? null;
  }
}

const PARAMETER = /(?<!:):([a-zA-Z]\w*)/g;

/** Declares a statement. The text must hold no `:word` other than its parameters. */
export function defineStatement(name: string, text: string): Statement {
  const order: string[] = [];
  const positional = text.replace(PARAMETER, (_match, parameter: string) => {
    if (!order.includes(parameter)) order.push(parameter);
    return `$${order.indexOf(parameter) + 1}`;
  });
  return { name, text, positional, order };
}
