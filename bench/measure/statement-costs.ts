import { readFileSync, statSync } from "node:fs";

/** What one statement cost the server in all. */
export interface StatementCost {
  readonly calls: number;
  /** User and system time of its session while it was parsed, bound and executed; not its commit. */
  readonly cpuMs: number;
}

/** Makes the sessions of a database say in the server's log what each message of theirs cost. */
export const LOG_STATEMENT_COSTS = `do $$ begin
    execute format('alter database %I set log_statement_stats = on', current_database());
  end $$`;

/** How much of the log is there already. */
export const logEnd = (logFile: string): number => statSync(logFile).size;

const ENTRY = /LOG: {2}(PARSE|BIND|EXECUTE) MESSAGE STATISTICS\n([\s\S]*?)STATEMENT: {2}/g;
const USED = /!\s+([\d.]+) s user, ([\d.]+) s system/;

/** Reads what was logged since, by the name of the statement; `nameOf` is given its text. */
export function statementCosts(
  logFile: string,
  since: number,
  nameOf: (text: string) => string,
): ReadonlyMap<string, StatementCost> {
  const log = readFileSync(logFile).subarray(since).toString("utf8");
  const costs = new Map<string, StatementCost>();
  for (const entry of log.matchAll(ENTRY)) {
    const name = nameOf(statementAt(log, entry.index + entry[0].length));
    const [, user = 0, system = 0] = (USED.exec(entry[2] ?? "") ?? []).map(Number);
    const { calls, cpuMs } = costs.get(name) ?? { calls: 0, cpuMs: 0 };
    costs.set(name, {
      calls: calls + (entry[1] === "EXECUTE" ? 1 : 0),
      cpuMs: cpuMs + (user + system) * 1000,
    });
  }
  return costs;
}

/** Every line after the first begins with a tab. */
function statementAt(log: string, begin: number): string {
  let end = log.indexOf("\n", begin);
  while (end !== -1 && log[end + 1] === "\t") end = log.indexOf("\n", end + 1);
  return log.slice(begin, end === -1 ? undefined : end);
}
