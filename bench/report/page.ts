import type { Report } from "./report.ts";
import { bookkeepingTable } from "./tables/bookkeeping.ts";
import { bulkTable } from "./tables/bulk.ts";
import { costTable } from "./tables/cost.ts";
import { drainedTable } from "./tables/drained.ts";
import { lostWorkersTable } from "./tables/lost-workers.ts";
import { openLoopTable } from "./tables/open-loop.ts";
import { promisesTable } from "./tables/promises.ts";
import { measuredOf, realWorkersTable } from "./tables/real-workers.ts";
import { statementsTable } from "./tables/statements.ts";
import { sustainedTable } from "./tables/sustained.ts";

/** docs/reference/benchmarks.md, all of it: nobody edits it, `npm run bench` writes it. */
export function benchmarksPage(report: Report): string {
  return [
    "# Benchmarks",
    INTRODUCTION,
    `Measured on ${report.date}: ${report.machine}.`,
    "![Jobs per second, by system](benchmarks.svg)",
    ...throughput(report),
    ...latency(report),
    ...prices(report),
    ...beyondQueues(report),
    "",
  ].join("\n\n");
}

const throughput = (report: Report): string[] => [
  "## Sixteen producers, one job at a time",
  `Each submits again as soon as it was answered; jobs per second from the first submit to the last
result. CPU in µs per job, of all processes of the system, Postgres included.`,
  sustainedTable(report),
  "## Drain",
  `Jobs that wait before the first worker begins; per second, from the first job given to a worker to
the last result.`,
  drainedTable(report),
  "## Submit in bulk",
  "A hundred jobs a request, four requests at a time, no worker.",
  bulkTable(report),
  "µs per job of each process:",
  costTable(report.bulk),
];

const latency = (report: Report): string[] => [
  "## At a fixed rate",
  `From the call of submit until the worker has the job, in ms. \`saturated\`: jobs came faster than they
were worked off.`,
  openLoopTable(report, "toWorker"),
  `From the call of submit until the end of the job is recorded, as its worker hears it. Only Hodei and the
loop of one's own hear it after the commit; the others' figures end with the handler, before it.`,
  openLoopTable(report, "toRecorded"),
];

const prices = (report: Report): string[] => [
  "## Where the processor time goes",
  "µs per job of each process, sixteen producers.",
  costTable(report.sustained),
  "## What each statement costs",
  `µs of Postgres' processor time per run while a backlog is worked off, as the server counts it for
each statement; the commits are not in it.`,
  statementsTable(report),
  "## What each promise costs",
  `µs of processor time per run while a backlog is worked off, with the promise less without it. The
accept gate: its statement, and, of the gateway, workers that say every accept twice, less those that say
it once. History: less a database that leaves out every event. Output: one piece of ten lines of 64 bytes
per run. Each figure is the least of three rounds.`,
  promisesTable(report),
];

const beyondQueues = (report: Report): string[] => [
  "## Ten thousand runs",
  `In bulk to ready workers, from the first submit to the last result, jobs that do nothing: the
bookkeeping alone, as in the benchmark of a Job of 10,000 indexes that Kubernetes published with its
KEP-3850, of the controller without kubelets. That was another machine: an order of magnitude, no more.`,
  bookkeepingTable(report),
  "## Real workers",
  `Worker processes that start \`/bin/true\`, beside Node processes that only start it, one after the
other, as many as workers, and shells that do. The CPU of the started program is in each.`,
  realWorkersTable(report),
  "µs per job of each process; the executor is all workers with their jobs:",
  costTable(new Map(measuredOf(report.real))),
  "## A worker vanishes",
  `Its connection is cut while it holds a run with \`replacement: AfterLost\`, another worker is idle,
nobody is told, and the tick comes once a minute: until the command of the next attempt arrives.`,
  lostWorkersTable(report),
];

const INTRODUCTION = `\`\`\`sh
npm run bench
\`\`\`

measures Hodei beside two queues that live in Postgres, in one run, on one machine, with one embedded
Postgres as it comes, jobs that do nothing, and writes this page. Compare within one run: the ratios
are the result, the figures belong to the machine. What each step of the work gave:
[performance](../internals/performance.md).

What is compared is not the same thing. The peers run the handler in the process that polls, and
graphile-worker deletes a job that is done. Hodei crosses an HTTP/2 stream to a worker on a connection
of its own, asks for leave before the job starts, and keeps a fenced result, the attempt and five
events. The workers are stubs in one process, each with its own stream and one run at a time; the
gateway is the bundled process that is deployed. \`HTTP\` submits to the functions through the Data
API, both played on this machine by doubles, whose cost is counted as well.`;
