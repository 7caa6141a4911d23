import type { DataApiContext, WireRequest } from "./operation.ts";
import { type Runner, runSql } from "./run-sql.ts";

/** POST /BatchExecute: one statement with many sets of parameters, all of them or none. */
export async function batchExecuteStatement(
  context: DataApiContext,
  request: WireRequest,
): Promise<object> {
  const sets = request.parameterSets?.length ? request.parameterSets : [[]];
  const run = async (runner: Runner) => {
    for (const parameters of sets) await runSql(runner, request.sql, parameters);
  };
  if (request.transactionId === undefined) {
    const id = await context.transactions.begin();
    await context.transactions.use(id, run);
    await context.transactions.end(id, "commit");
  } else await context.transactions.use(request.transactionId, run);
  return { updateResults: sets.map(() => ({ generatedFields: [] })) };
}
