import type { DataApiContext, WireRequest } from "./operation.ts";

/** POST /CommitTransaction. */
export async function commitTransaction(
  context: DataApiContext,
  request: WireRequest,
): Promise<object> {
  await context.transactions.end(request.transactionId ?? "", "commit");
  return { transactionStatus: "Transaction Committed" };
}
