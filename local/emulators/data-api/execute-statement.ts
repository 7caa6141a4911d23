import { badRequest } from "./api-error.ts";
import { columnMetadata } from "./column-metadata.ts";
import type { DataApiContext, WireRequest } from "./operation.ts";
import { type Field, plainValue, resultField } from "./result-field.ts";
import { type Runner, runSql, type TextResult } from "./run-sql.ts";
import { serviceLimits } from "./service-limits.ts";

const WRITES = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

/** POST /Execute: one statement, committed by itself or in the named transaction. */
export function executeStatement(context: DataApiContext, request: WireRequest): Promise<object> {
  const run = async (runner: Runner) => {
    const result = await runSql(runner, request.sql, request.parameters);
    return answer(result, request, runner);
  };
  return request.transactionId === undefined
    ? context.autocommit(run)
    : context.transactions.use(request.transactionId, run);
}

async function answer(result: TextResult, request: WireRequest, runner: Runner): Promise<object> {
  const { fields, command, rowCount } = result;
  if (fields.length === 0) {
    const changed = WRITES.has(command) ? (rowCount ?? 0) : 0;
    return { numberOfRecordsUpdated: changed, generatedFields: [] };
  }
  const records = result.rows.map((row) =>
    row.map((text, n) =>
      resultField(fields[n]?.dataTypeID ?? 0, text, request.resultSetOptions ?? {}),
    ),
  );
  refuseTooLarge(result);
  const metadata = request.includeResultMetadata
    ? { columnMetadata: await columnMetadata(runner, fields) }
    : {};
  if (request.formatRecordsAs !== "JSON")
    return { numberOfRecordsUpdated: 0, records, ...metadata };
  const formattedRecords = JSON.stringify(records.map((record) => named(record, result)));
  return { numberOfRecordsUpdated: 0, formattedRecords, ...metadata };
}

function named(record: Field[], { fields }: TextResult): object {
  return Object.fromEntries(record.map((field, n) => [fields[n]?.name, plainValue(field)]));
}

/** Counted on the values: the service does not say what its JSON around them costs. */
function refuseTooLarge(result: TextResult): void {
  let total = 0;
  for (const row of result.rows) {
    const bytes = row.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), 0);
    if (bytes > serviceLimits.rowBytesMax) throw badRequest("Packet for query is too large");
    total += bytes;
  }
  if (total > serviceLimits.resultBytesMax) {
    throw badRequest("Database returned more than the allowed response size limit");
  }
}
