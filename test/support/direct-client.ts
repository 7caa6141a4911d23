import type pg from "pg";
import { pgFailure } from "#adapters/store/drivers/pg-failure.ts";
import { statementValues } from "#adapters/store/drivers/statement-values.ts";
import type { SqlClient, SqlParameters, Statement } from "#adapters/store/sql-client.ts";

/** What a test does to statements on their way, e.g. leave a guard out; with a name of its own. */
export type Alter = (statement: Statement) => Statement;

/**
 * The store's seam over one given connection, without pool or repeats: so that a statement can run
 * inside a transaction that the test holds open, and the test knows who waits for whom.
 */
export function directClient(connection: pg.Client, alter: Alter): SqlClient {
  return {
    query: async <T>(original: Statement, parameters: SqlParameters = {}): Promise<T[]> => {
      const statement = alter(original);
      const values = statementValues(statement, parameters);
      try {
        const { name, positional: text } = statement;
        const { rows } = await connection.query({ name, text, values, rowMode: "array" });
        return rows.map((row) => row[0] as T);
      } catch (thrown) {
        throw pgFailure(thrown).error;
      }
    },
    close: async () => {},
  };
}

/** The same change on any client. */
export const altered = (client: SqlClient, alter: Alter): SqlClient => ({
  query: (statement, parameters) => client.query(alter(statement), parameters),
  close: () => client.close(),
});
