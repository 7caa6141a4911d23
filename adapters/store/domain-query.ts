import { DomainError } from "#core/domain/errors.ts";
import { type SqlClient, SqlError, type SqlParameters, type Statement } from "./sql-client.ts";

/** Runs one statement and answers its documents. Throws DomainError, never what a driver throws. */
export type DomainQuery = <T>(statement: Statement, parameters?: SqlParameters) => Promise<T[]>;

/** How every store of this folder asks its driver. */
export const domainQuery =
  (sql: SqlClient): DomainQuery =>
  async <T>(statement: Statement, parameters: SqlParameters = {}): Promise<T[]> => {
    try {
      return await sql.query<T>(statement, parameters);
    } catch (error) {
      throw toDomainError(error);
    }
  };

/** What a driver throws, in words callers may hear. A broken guard is our defect, never theirs. */
export function toDomainError(error: unknown): unknown {
  if (!(error instanceof SqlError)) return error;
  if (error.kind === "unavailable")
    return new DomainError("StoreUnavailable", "the database cannot be reached; try again", {
      cause: error,
    });
  if (error.kind === "too-large")
    return new DomainError("SpecTooLarge", "the request is too large to be stored", {
      cause: error,
    });
  return new DomainError("Internal", "internal error", { cause: error });
}
