/**
 * `npm run bench`: measures Hodei beside its peers in one run, prints the tables, and writes them
 * with a chart into `docs/reference/`. `--print` writes nothing.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FULL, measureAll } from "./measure-all.ts";
import { type Bar, barChart } from "./report/chart.ts";
import { benchmarksPage } from "./report/page.ts";
import type { Report } from "./report/report.ts";

const PAGE = fileURLToPath(new URL("../docs/reference/benchmarks.md", import.meta.url));
const CHART = fileURLToPath(new URL("../docs/reference/benchmarks.svg", import.meta.url));

const bars = (measured: ReadonlyMap<string, { readonly perSecond: number }>): Bar[] =>
  [...measured].map(([title, { perSecond: value }]) => {
    return { title, value, ours: title.startsWith("Hodei") };
  });

const chartOf = ({ sustained, drained }: Report): string =>
  barChart([
    { title: "Sixteen producers, one job at a time: jobs per second", bars: bars(sustained) },
    { title: "Drain of a backlog: jobs per second", bars: bars(drained) },
  ]);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { print: { type: "boolean", default: false } } });
  const report = await measureAll(FULL, (text) => process.stderr.write(`${text}\n`));
  process.stdout.write(benchmarksPage(report));
  if (values.print) return;
  writeFileSync(PAGE, benchmarksPage(report));
  writeFileSync(CHART, chartOf(report));
}

if (import.meta.main) await main();
