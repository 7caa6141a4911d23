import type { SqlErrorKind } from "../sql-client.ts";

/** What a SQLSTATE means for the caller, and whether the driver may send the statement again. */
export interface StateMeaning {
  readonly kind: SqlErrorKind;
  readonly repeat: boolean;
  /** The connection is gone, or leads to a server that cannot serve us (an old writer). */
  readonly reconnect: boolean;
}

const mean = (kind: SqlErrorKind, repeat: boolean, reconnect: boolean): StateMeaning => ({
  kind,
  repeat,
  reconnect,
});

/** Exact codes first; then the class (first two characters); the rest is a defect of ours. */
const BY_CODE: Readonly<Record<string, StateMeaning>> = {
  "25006": mean("unavailable", true, true), // read-only: this server stopped being the writer
  "26000": mean("unavailable", true, true), // a pooler in between lost the prepared statement
  "40001": mean("unavailable", true, false), // serialization failure
  "40P01": mean("unavailable", true, false), // deadlock, we were the victim
  "55P03": mean("unavailable", false, false), // lock_timeout: it was repeating already
  "57014": mean("unavailable", false, false), // statement_timeout
  "57P04": mean("unavailable", false, true), // database dropped
};
const BY_CLASS: Readonly<Record<string, StateMeaning>> = {
  "08": mean("unavailable", true, true), // connection exceptions
  "23": mean("constraint", false, false),
  "28": mean("unavailable", false, true), // a password being rotated is not a fault of a statement
  "53": mean("unavailable", true, true), // too many connections, memory, disk
  "54": mean("too-large", false, false), // Postgres' own limits
  "57": mean("unavailable", true, true), // shutdown, crash, starting up
  "58": mean("unavailable", true, true), // the server's file system failed
};
const DEFECT = mean("defect", false, false);

export const meaningOf = (sqlState: string): StateMeaning =>
  BY_CODE[sqlState] ?? BY_CLASS[sqlState.slice(0, 2)] ?? DEFECT;
