import type { Cost } from "../measure/watch.ts";
import { count, decimal, markdownTable } from "./markdown-table.ts";
import { type Report, ratio } from "./report.ts";

const PEER_TUNED = "graphile-worker, tuned";
const PEER_DEFAULT = "graphile-worker";

/** docs/reference/benchmarks.md, all of it: nobody edits it, `npm run bench` writes it. */
export function benchmarksPage(report: Report): string {
  return [
    "# Benchmarks",
    INTRODUCTION,
    `Measured on ${report.date}: ${report.machine}.`,
    "![Jobs per second, by system](benchmarks.svg)",
    "## Sixteen producers, one job at a time",
    "Each submits again as soon as it was answered; jobs per second from the first submit to the last\nresult. CPU in µs per job, of all processes of the system, Postgres included.",
    sustainedTable(report),
    "## Drain",
    `Jobs that wait before the first worker begins; per second, from the first job given to a worker to\nthe last result.`,
    drainedTable(report),
    "## At a fixed rate",
    "From the call of submit until the worker has the job, in ms. `saturated`: jobs came faster than they\nwere worked off.",
    openLoopTable(report),
    "## Where the processor time goes",
    "µs per job of each process, sixteen producers.",
    costTable(report),
    "",
  ].join("\n\n");
}

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

const systems = (by: ReadonlyMap<string, unknown>) => [...by.keys()];
const total = ({ cpuMs }: Cost): number => Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0);
const perJob = (ms: number, jobs: number): string => count((ms * 1000) / jobs);

function sustainedTable({ sustained }: Report): string {
  const tuned = sustained.get(PEER_TUNED)?.perSecond;
  return markdownTable(
    ["", "jobs/s", "× graphile-worker, tuned", "CPU µs/job", "commits/job"],
    systems(sustained).map((title) => {
      const { perSecond = Number.NaN, jobs = 0, cost } = sustained.get(title) ?? {};
      const commits = (cost?.commits ?? Number.NaN) / jobs;
      const cpu = cost ? perJob(total(cost), jobs) : "–";
      return [title, count(perSecond), decimal(ratio(perSecond, tuned)), cpu, decimal(commits)];
    }),
  );
}

function drainedTable({ drained }: Report): string {
  const [tuned, plain] = [PEER_TUNED, PEER_DEFAULT].map((peer) => drained.get(peer)?.perSecond);
  return markdownTable(
    ["", "jobs", "jobs/s", "× graphile-worker", "× tuned", "CPU µs/job"],
    systems(drained).map((title) => {
      const { perSecond = Number.NaN, jobs = 0, cost } = drained.get(title) ?? {};
      const times = [ratio(perSecond, plain), ratio(perSecond, tuned)].map(decimal);
      return [
        title,
        count(jobs),
        count(perSecond),
        ...times,
        cost ? perJob(total(cost), jobs) : "–",
      ];
    }),
  );
}

function openLoopTable({ openLoops }: Report): string {
  const all = [...openLoops.values()].flat().map(({ perSecond }) => perSecond);
  const rates = [...new Set(all)].sort((a, b) => a - b);
  return markdownTable(
    ["p50 / p95 / p99, ms", ...rates.map((rate) => `${rate}/s`)],
    systems(openLoops).map((title) => [
      title,
      ...rates.map((rate) => {
        const step = openLoops.get(title)?.find(({ perSecond }) => perSecond === rate);
        if (!step?.keptUp) return "saturated";
        const { p50, p95, p99 } = step.toWorker;
        return [p50, p95, p99].map(decimal).join(" / ");
      }),
    ]),
  );
}

function costTable({ sustained }: Report): string {
  const parts = ["postgres", "producer", "executor", "gateway", "functions", "doubles"];
  return markdownTable(
    ["", ...parts],
    systems(sustained).map((title) => {
      const { cost, jobs = 0 } = sustained.get(title) ?? {};
      return [
        title,
        ...parts.map((part) => {
          const ms = cost?.cpuMs[part];
          return ms === undefined ? "" : perJob(ms, jobs);
        }),
      ];
    }),
  );
}
