import { readPlacement } from "#adapters/store/reads/placement.ts";
import type { Statement } from "#adapters/store/sql-client.ts";
import { acceptAttempts } from "#adapters/store/transitions/accept-attempts.ts";
import { assignRuns } from "#adapters/store/transitions/assign-runs.ts";
import { beatWorkers } from "#adapters/store/transitions/beat-workers.ts";
import { insertRuns } from "#adapters/store/transitions/insert-runs.ts";
import { recordResults } from "#adapters/store/transitions/record-results.ts";
import { LOG_STATEMENT_COSTS, logEnd, statementCosts } from "../measure/statement-costs.ts";
import type { Databases } from "../stand/databases.ts";
import { hodeiWith } from "../stand/hodei.ts";
import { drain } from "./drain.ts";

/** The steps of a run, in order. */
const STEPS: readonly (readonly [string, Statement])[] = [
  ["stored", insertRuns],
  ["looked at", readPlacement],
  ["placed", assignRuns],
  ["accepted", acceptAttempts],
  ["recorded", recordResults],
  ["heartbeats", beatWorkers],
];

export interface StatementPrice {
  /** µs of Postgres' processor time per run; not the commit. */
  readonly cpuUs: number;
  readonly runsPerCall: number;
}

/** What each statement on the way of a run costs Postgres while a backlog is worked off. */
export async function statementPrices(
  databases: Databases,
  jobs: number,
): Promise<ReadonlyMap<string, StatementPrice>> {
  const since = logEnd(databases.logFile);
  await drain(databases, hodeiWith("Hodei, watched", { sql: LOG_STATEMENT_COSTS }), jobs);
  const steps = new Map(STEPS.map(([step, { positional }]) => [words(positional), step]));
  const costs = statementCosts(databases.logFile, since, (text) => steps.get(words(text)) ?? "");
  return new Map(
    STEPS.flatMap(([step]): [string, StatementPrice][] => {
      const { calls, cpuMs } = costs.get(step) ?? { calls: Number.NaN, cpuMs: Number.NaN };
      return [[step, { cpuUs: (cpuMs * 1000) / jobs, runsPerCall: jobs / calls }]];
    }),
  );
}

/** The log breaks lines in its own way. */
const words = (sql: string): string => sql.trim().replace(/\s+/g, " ");
