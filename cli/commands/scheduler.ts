import type { Command } from "commander";
import type { SchedulerBody } from "#core/domain/spec/scheduling-api.ts";
import { usageError } from "../cli-error.ts";
import type { Output } from "../output.ts";
import type { SchedulerInput } from "../scheduling-calls.ts";
import { textCell } from "../show-runs.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";

interface SetOptions extends CommonOptions {
  /** As typed: the API says what is wrong with it. */
  readonly strategy?: NonNullable<SchedulerInput["strategy"]>;
  readonly pendingRunsMax?: string;
}

/** `hodei scheduler`: how workers are chosen, for the whole install. */
export function addScheduler(program: Command): void {
  const group = program
    .command("scheduler")
    .description("how workers are chosen, for the whole install")
    .enablePositionalOptions();
  const show = group.command("show").alias("get").description("show what is configured");
  withCommonOptions(show, ["hodei scheduler show"]).action(showScheduler);
  const set = group
    .command("set")
    .description("change what is said, for every process; the rest stays")
    .option("--strategy <strategy>", "of runs that name none")
    .option("--pending-runs-max <n>", "waiting runs beyond which a submit is refused");
  withCommonOptions(set, [
    "hodei scheduler set --strategy least-loaded --pending-runs-max 50000",
  ]).action(setScheduler);
}

async function showScheduler(options: CommonOptions): Promise<void> {
  const { api, output } = createContext(options);
  await show(output, await api.scheduler());
}

/** At the version that was read: two who change it at once do not undo one another's. */
async function setScheduler(options: SetOptions): Promise<void> {
  const { strategy, pendingRunsMax: typed } = options;
  if (strategy === undefined && typed === undefined) throw usageError("there is nothing to change");
  const pendingRunsMax = typed === undefined ? undefined : readCount(typed);
  const { api, output } = createContext(options);
  const now = await api.scheduler();
  const changed = await api.setScheduler({
    strategy: strategy ?? now.strategy,
    pendingRunsMax: pendingRunsMax ?? now.pendingRunsMax,
    version: now.version,
  });
  await show(output, changed);
}

function readCount(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw usageError(`--pending-runs-max <n>: "${text}" is not a whole number`);
}

async function show(output: Output, scheduler: SchedulerBody): Promise<void> {
  if (output.json) return output.value(scheduler);
  await output.facts([
    ["Strategy", textCell(scheduler.strategy)],
    ["Waiting runs", textCell(`at most ${scheduler.pendingRunsMax}`)],
    ["Version", textCell(scheduler.version)],
  ]);
}
