import type { Cost } from "../../measure/watch.ts";
import { markdownTable } from "../markdown-table.ts";
import { perJobUs } from "../report.ts";

const PARTS = ["postgres", "producer", "executor", "gateway", "functions", "doubles"];

/** Processor time of each process, per job. */
export function costTable(
  measured: ReadonlyMap<string, { readonly jobs: number; readonly cost: Cost }>,
): string {
  const parts = PARTS.filter((part) =>
    [...measured.values()].some(({ cost }) => part in cost.cpuMs),
  );
  return markdownTable(
    ["", ...parts],
    [...measured].map(([title, { jobs, cost }]) => [
      title,
      ...parts.map((part) => {
        const ms = cost.cpuMs[part];
        return ms === undefined ? "" : perJobUs(ms, jobs);
      }),
    ]),
  );
}
