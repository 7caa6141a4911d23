import { SqlError, type SqlParameters, type SqlValue, type Statement } from "../sql-client.ts";

/**
 * The statement's parameters in the order of `$1…`. Refuses what the two drivers would carry
 * differently: a forgotten parameter, and numbers that JSON cannot say.
 */
export function statementValues(statement: Statement, parameters: SqlParameters): SqlValue[] {
  return statement.order.map((name) => {
    const value = parameters[name];
    if (value === undefined) throw refuse(statement, `parameter ${name} is missing`);
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw refuse(statement, `parameter ${name} is not a finite number`);
    }
    return value;
  });
}

const refuse = (statement: Statement, why: string): SqlError =>
  new SqlError("defect", `statement ${statement.name}: ${why}`);
