import type { Command } from "commander";
import type { UsagePointBody, UsageTotalBody } from "#core/domain/spec/usage-api.ts";
import type { ApiClient } from "../api-client.ts";
import { usageError } from "../cli-error.ts";
import { parseDuration } from "../duration.ts";
import { untilInterrupted } from "../interrupt.ts";
import type { Cell, Output } from "../output.ts";
import { resolveRunId } from "../run-id.ts";
import { textCell } from "../show-runs.ts";
import type { UsageQuery } from "../usage-calls.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";
import { readLimit } from "./list.ts";

const LIMIT_DEFAULT = "20";
const ATTEMPT_DIGITS = /^[1-9]\d{0,5}$/;

interface UsageOptions extends CommonOptions {
  readonly worker?: true;
  readonly attempt?: string;
  readonly since?: string;
  readonly limit: string;
  readonly watch?: true;
}

/** `hodei usage`: what a run used. */
export function addUsage(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command("usage")
    .description("say what a run used, altogether and over time; kept for a day")
    .argument("<id>", "id of the run, or 8 or more characters of its beginning or end")
    .option("--worker", "the id is a worker's: what it used for its runs")
    .option("--attempt <n>", "only this attempt")
    .option("--since <duration>", "only what was reported within so long")
    .option("--limit <n>", "how many points, the newest, at most 500", LIMIT_DEFAULT)
    .option("-w, --watch", "every point as it comes and grows, until the run has ended");
  withCommonOptions(command, [
    "hodei usage 0198f00d",
    "hodei usage 0198f00d --json | jq .total.memoryBytesMax",
    "hodei usage 0198f00d --watch",
    "hodei usage --worker 0198f00d-1c2b-7def-8000-0123456789ab --since 1h",
  ]).action(async (typed: string, options: UsageOptions) => {
    const query = queryOf(options);
    if (options.watch) return finish(await watch(typed, options, query));
    await show(typed, options, query);
  });
}

function queryOf({ attempt, since, limit }: UsageOptions): UsageQuery {
  if (attempt !== undefined && !ATTEMPT_DIGITS.test(attempt))
    throw usageError(`--attempt <n>: "${attempt}" is not the number of an attempt`);
  const seconds = since === undefined ? undefined : parseDuration(since);
  if (seconds === null)
    throw usageError(`--since <duration>: "${since}" is not a duration such as 30s or 2m`);
  const from = seconds && new Date(Date.now() - seconds * 1000).toISOString();
  return {
    limit: readLimit(limit),
    ...(attempt === undefined ? {} : { attempt: Number(attempt) }),
    ...(from ? { from } : {}),
  };
}

const subjectOf = async (api: ApiClient, typed: string, { worker }: UsageOptions) =>
  worker
    ? ({ kind: "worker", id: typed } as const)
    : ({ kind: "run", id: await resolveRunId(api, typed) } as const);

async function show(typed: string, options: UsageOptions, query: UsageQuery): Promise<void> {
  const { api, output } = createContext(options);
  const { kind, id } = await subjectOf(api, typed, options);
  const usage = await (kind === "run" ? api.runUsage(id, query) : api.workerUsage(id, query));
  if (output.json) return output.value(usage);
  if (usage.total === null)
    return output.note("nothing was reported, or it was more than a day ago");
  await output.facts(factsOf(usage.total));
  await output.line("");
  await pointTable(output, usage.points);
  if (usage.isCut)
    await output.note("there is more than was summed up: --since says of which time");
}

/** Ctrl-C leaves the run alone. */
async function watch(typed: string, options: UsageOptions, query: UsageQuery): Promise<number> {
  const { api, output, abort } = createContext(options);
  return untilInterrupted(abort, async () => {
    const subject = await subjectOf(api, typed, options);
    let isFirst = true;
    for (let last: string | null = null; ; ) {
      for await (const message of api.watchUsage(subject, query, last)) {
        if (message.event === "end") return;
        last = message.id ?? last;
        if (message.event !== "usage") continue;
        const point = message.data as UsagePointBody;
        if (output.json) await output.value(point);
        else await pointTable(output, [point], isFirst);
        isFirst = false;
      }
    }
  });
}

const MIB = 1024 * 1024;
const percent = (value: number): string => `${value.toFixed(1)} %`;
const size = (bytes: number): string => `${Math.round(bytes / MIB)}Mi`;

const factsOf = (total: UsageTotalBody): (readonly [string, Cell])[] => [
  ["CPU", textCell(`${percent(total.cpuPercent)}, at most ${percent(total.cpuPercentMax)}`)],
  ["Memory", textCell(`${size(total.memoryBytes)}, at most ${size(total.memoryBytesMax)}`)],
  ["Disk", textCell(total.diskBytesMax === 0 ? null : `at most ${size(total.diskBytesMax)}`)],
  ["Reports", textCell(`${total.reports}, from ${total.firstAt} to ${total.lastAt}`)],
];

const HEAD = ["AT", "ATTEMPT", "CPU", "CPU MAX", "MEMORY", "MEMORY MAX", "OF", "REPORTS", "WORKER"];

const pointTable = (
  output: Output,
  points: readonly UsagePointBody[],
  hasHead = true,
): Promise<void> =>
  output.table(
    hasHead ? HEAD : [],
    points.map((point) => [
      textCell(point.at),
      textCell(point.attempt),
      textCell(percent(point.cpuPercent)),
      textCell(percent(point.cpuPercentMax)),
      textCell(size(point.memoryBytes)),
      textCell(size(point.memoryBytesMax)),
      textCell(point.memoryTotalBytes === 0 ? null : size(point.memoryTotalBytes)),
      textCell(point.reports),
      textCell(point.workerId),
    ]),
  );
