import type pg from "pg";
import { badRequest } from "./api-error.ts";
import { type BoundParameter, bindParameters, type WireParameter } from "./bind-parameters.ts";
import { compileSql } from "./compile-sql.ts";
import { serviceLimits } from "./service-limits.ts";

/** Rows as the server's own text, so that every value is turned into a field in one place. */
export type TextResult = pg.QueryArrayResult<(string | null)[]>;

/** Anything that runs a query: the pool, or a transaction's connection. */
export type Runner = Pick<pg.ClientBase, "query">;

/** Runs one statement with the service's own parameter rules. */
export async function runSql(
  runner: Runner,
  sql: string | undefined,
  parameters: readonly WireParameter[] = [],
): Promise<TextResult> {
  if (!sql?.trim()) throw badRequest("SQL is empty");
  if (sql.length > serviceLimits.sqlCharsMax) {
    const message = `Number of characters in SQLStatement is longer than ${serviceLimits.sqlCharsMax}`;
    throw badRequest(message);
  }
  const bound = bindParameters(parameters);
  const { text, order } = compileSql(sql, bound);
  const values = order.map((name) => (bound.get(name) as BoundParameter).value);
  return runner.query<(string | null)[]>({ text, values, rowMode: "array", types: AS_TEXT });
}

const AS_TEXT = { getTypeParser: () => (value: string | Buffer) => value };
