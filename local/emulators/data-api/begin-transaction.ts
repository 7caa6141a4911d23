import type { DataApiContext } from "./operation.ts";

/** POST /BeginTransaction: takes a connection until commit, rollback, an error or too long idle. */
export async function beginTransaction(context: DataApiContext): Promise<object> {
  return { transactionId: await context.transactions.begin() };
}
