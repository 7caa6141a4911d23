import { limits } from "#core/domain/limits.ts";
import type { UsagePoint, UsageQuery, UsageStore, UsageView } from "#core/ports/usage-store.ts";
import { domainQuery } from "./domain-query.ts";
import { readUsageOfRun, readUsageOfWorker, type UsageRow } from "./reads/usage.ts";
import type { SqlClient, Statement } from "./sql-client.ts";
import { addUsage } from "./transitions/add-usage.ts";

const SPANS = {
  shortMs: limits.usageSpanMs,
  shortForMs: limits.usageShortSpansMs,
  longMs: limits.usageLongSpanMs,
};

/** Usage of attempts, over either driver. */
export function createUsageStore(sql: SqlClient): UsageStore {
  const query = domainQuery(sql);
  const read = async (
    statement: Statement,
    id: string,
    question: UsageQuery,
  ): Promise<UsageView | null> => {
    const parameters = { id, ...question, max: limits.usagePointsMax };
    const rows = await query<UsageRow>(statement, parameters);
    const subject = rows.find((row) => "now" in row);
    if (!subject) return null;
    const points = rows.filter((row): row is UsagePoint => !("now" in row));
    return { ...subject, points };
  };
  return {
    addUsage: async (spans) => {
      if (spans.length > 0) await query(addUsage, { doc: JSON.stringify(spans), ...SPANS });
    },
    ofRun: (id, question) => read(readUsageOfRun, id, question),
    ofWorker: (id, question) => read(readUsageOfWorker, id, question),
  };
}
