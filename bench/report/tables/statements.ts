import { count, decimal, markdownTable } from "../markdown-table.ts";
import type { Report } from "../report.ts";

/** What each statement on the way of a run costs Postgres. */
export function statementsTable({ statements }: Report): string {
  const sum = [...statements.values()].reduce((total, { cpuUs }) => total + cpuUs, 0);
  return markdownTable(
    ["", "µs/run", "share", "runs/statement"],
    [...statements].map(([step, { cpuUs, runsPerCall }]) => [
      step,
      decimal(cpuUs),
      `${count((100 * cpuUs) / sum)} %`,
      count(runsPerCall),
    ]),
  );
}
