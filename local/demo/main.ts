/**
 * `npm run demo`: the whole platform on an empty database, the jobs under examples/ through the
 * HTTP API, every outcome checked against an answer known beforehand. Exits 1 when one is wrong.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Listr, type ListrTaskWrapper } from "listr2";
import pino from "pino";
import { type ApiClient, createApiClient } from "../../cli/api-client.ts";
import { LOCAL_DEFAULTS } from "../options.ts";
import { type Local, startLocal } from "../start-local.ts";
import { runJob } from "./follow.ts";
import { type DemoJob, demoJobs, SHORT_RUNS, shortJobs } from "./jobs.ts";
import { type Result, reportOf } from "./report.ts";

interface DemoContext {
  local?: Local;
  api?: ApiClient;
  readonly results: Result[];
  readonly shorts: Result[];
}

type Task = Pick<ListrTaskWrapper<DemoContext, never, never>, "output" | "title">;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());

async function judge(
  ctx: DemoContext,
  job: DemoJob,
  tell: (line: string) => void,
): Promise<Result> {
  if (!ctx.api) throw new Error("local mode is not up");
  const outcome = await runJob(ctx.api, job, tell);
  return { job, outcome, wrong: job.check(outcome) };
}

/** One job as one line of the display: its title stays, its newest change is shown under it. */
const jobTask = (job: DemoJob) => ({
  title: job.title,
  task: async (ctx: DemoContext, task: Task) => {
    const result = await judge(ctx, job, (line) => {
      // Plain lines of many jobs need a name each; on a terminal they stand under their job.
      task.output = process.stdout.isTTY ? line : `${job.title.split(":")[0]}: ${line}`;
    });
    ctx.results.push(result);
    if (result.wrong) throw new Error(result.wrong);
    task.title = `${job.title}  →  ${result.outcome.run.phase} (${result.outcome.run.reason})`;
  },
});

const shortTask = {
  title: `${SHORT_RUNS} short runs on warm workers`,
  task: async (ctx: DemoContext, task: Task) => {
    const judged = await Promise.all(
      shortJobs().map(async (job) => {
        const result = await judge(ctx, job, () => {});
        ctx.shorts.push(result);
        if (ctx.shorts.length % 10 === 0)
          task.output = `${ctx.shorts.length} of ${SHORT_RUNS} done`;
        return result;
      }),
    );
    const wrong = judged.find((result) => result.wrong !== null);
    if (wrong) throw new Error(`${wrong.job.title}: ${wrong.wrong}`);
    const workers = new Set(judged.map(({ outcome }) => outcome.run.workerId)).size;
    if (workers >= SHORT_RUNS) throw new Error("no worker was used twice");
    task.title = `${SHORT_RUNS} short runs  →  Succeeded, on ${workers} workers`;
  },
};

function tasksOf(stateDir: string): Listr<DemoContext> {
  const up = {
    title: "Starting local mode on an empty database",
    task: async (ctx: DemoContext, task: Task) => {
      const log = pino({ level: "error" }, pino.destination(2));
      ctx.local = await startLocal({ ...LOCAL_DEFAULTS, stateDir, httpPort: 0, grpcPort: 0 }, log);
      const address = new URL(ctx.local.url);
      ctx.api = createApiClient({ address, apiKey: ctx.local.apiKey, signal: stop.signal });
      task.title = `Local mode is up: HTTP ${ctx.local.url}, gRPC ${ctx.local.grpcAddress}`;
    },
  };
  const jobs = {
    title: "Running the examples",
    task: (_ctx: DemoContext, task: ListrTaskWrapper<DemoContext, never, never>) =>
      task.newListr([...demoJobs().map(jobTask), shortTask], {
        concurrent: true,
        exitOnError: false,
      }),
  };
  return new Listr<DemoContext>([up, jobs] as never, {
    exitOnError: true,
    rendererOptions: { collapseSubtasks: false },
  });
}

async function demo(): Promise<number> {
  const startedAt = performance.now();
  const stateDir = mkdtempSync(join(tmpdir(), "hodei-demo-"));
  const ctx: DemoContext = { results: [], shorts: [] };
  try {
    await tasksOf(stateDir).run(ctx);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  }
  const expected = demoJobs().length;
  if (ctx.shorts.length > 0) process.stdout.write(`${reportOf(ctx.results, ctx.shorts)}\n`);
  await ctx.local?.stop();
  rmSync(stateDir, { recursive: true, force: true });
  const good = [...ctx.results, ...ctx.shorts].filter(({ wrong }) => wrong === null).length;
  const wanted = expected + SHORT_RUNS;
  const took = ((performance.now() - startedAt) / 1000).toFixed(0);
  process.stdout.write(
    `${good} of ${wanted} outcomes as expected, everything stopped, ${took} s\n`,
  );
  return good === wanted ? 0 : 1;
}

process.exitCode = await demo();
