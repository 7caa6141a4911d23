import type { Command } from "commander";
import { RUN_PHASES, type RunPhase } from "#core/domain/spec/api.ts";
import { numberedRunTable, statsFacts } from "../show-templates.ts";
import { collect, readValues, readVersion } from "../template-options.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";
import { readLimit } from "./list.ts";
import { type MakeRunOptions, makeRun, withRunOptions } from "./run-options.ts";

const NAME = "name of the template, or its id";

interface RunOptions extends MakeRunOptions {
  readonly version?: string;
}

interface RunsOptions extends CommonOptions {
  readonly phase?: readonly RunPhase[];
  readonly limit: string;
}

/** `hodei template run`, `runs` and `stats`. */
export function addTemplateRuns(group: Command, finish: (exitCode: number) => void): void {
  const run = group
    .command("run")
    .description("make the next run of a template, and follow it if asked to")
    .argument("<name>", NAME)
    .option("--version <n>", "this version instead of the newest");
  withCommonOptions(withRunOptions(run), [
    "hodei template run report -p REGION=eu --follow",
    "hodei template run report --params secrets.yaml",
  ]).action(async (name: string, options: RunOptions) => finish(await runTemplate(name, options)));
  const runs = group
    .command("runs")
    .description("list the runs of a template, the newest first")
    .argument("<name>", NAME)
    .option("--phase <phase>", `only ${RUN_PHASES.join(", ")} (repeatable)`, collect)
    .option("--limit <n>", "how many, at most 500", "50");
  withCommonOptions(runs, ["hodei template runs report --phase Failed"]).action(listRuns);
  const stats = group
    .command("stats")
    .description("count the runs of a template, and how long they take")
    .argument("<name>", NAME);
  withCommonOptions(stats, ["hodei template stats report"]).action(showStats);
}

async function runTemplate(name: string, options: RunOptions): Promise<number> {
  const parameters = readValues(options);
  const version =
    options.version === undefined ? {} : { version: readVersion("--version <n>", options.version) };
  return makeRun(options, ({ api }, key) => api.runTemplate(name, { ...version, parameters }, key));
}

async function listRuns(name: string, options: RunsOptions): Promise<void> {
  const limit = readLimit(options.limit);
  const { api, output, nowMs } = createContext(options);
  const { runs } = await api.templateRuns(name, { phases: options.phase ?? [], limit });
  if (output.json) {
    for (const run of runs) await output.value(run);
    return;
  }
  if (runs.length === 0) return output.note("no runs");
  await numberedRunTable(output, runs, nowMs);
}

async function showStats(name: string, options: CommonOptions): Promise<void> {
  const { api, output, nowMs } = createContext(options);
  const stats = await api.templateStats(name);
  if (output.json) return output.value(stats);
  await output.facts(statsFacts(stats, nowMs));
}
