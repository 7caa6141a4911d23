import type { DataApiContext, WireRequest } from "./operation.ts";

/** POST /RollbackTransaction. */
export async function rollbackTransaction(
  context: DataApiContext,
  request: WireRequest,
): Promise<object> {
  await context.transactions.end(request.transactionId ?? "", "rollback");
  return { transactionStatus: "Rollback Complete" };
}
