import type { Quantiles } from "../../measure/quantiles.ts";
import { decimal, markdownTable } from "../markdown-table.ts";
import type { Report } from "../report.ts";

/** What a job waits at each rate, until one of two moments. */
export function openLoopTable({ openLoops }: Report, until: "toWorker" | "toRecorded"): string {
  const all = [...openLoops.values()].flat().map(({ perSecond }) => perSecond);
  const rates = [...new Set(all)].sort((a, b) => a - b);
  return markdownTable(
    ["p50 / p95 / p99, ms", ...rates.map((rate) => `${rate}/s`)],
    [...openLoops].map(([title, steps]) => [
      title,
      ...rates.map((rate) => {
        const step = steps.find(({ perSecond }) => perSecond === rate);
        return step?.keptUp ? shown(step[until]) : "saturated";
      }),
    ]),
  );
}

const shown = ({ p50, p95, p99 }: Quantiles): string => [p50, p95, p99].map(decimal).join(" / ");
