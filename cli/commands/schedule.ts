import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { ScheduleBody } from "#core/domain/spec/schedule-api.ts";
import { EXIT, usageError } from "../cli-error.ts";
import { instantCell } from "../show-runs.ts";
import { scheduleFacts, scheduleTable, upcomingTable } from "../show-schedules.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";
import { followRun } from "./follow-run.ts";
import { readLimit } from "./list.ts";
import { showSubmitted } from "./run.ts";
import { addScheduleEdits } from "./schedule-edit.ts";

const NAME = "name of the schedule, or its id";

/** `hodei schedule`: templates that run by the clock. */
export function addSchedule(program: Command, finish: (exitCode: number) => void): void {
  const group = program
    .command("schedule")
    .alias("schedules")
    .description("templates that run by the clock")
    .enablePositionalOptions();
  addScheduleEdits(group);
  addReads(group);
  addStatuses(group);
  addTrigger(group, finish);
  addClock(group, finish);
}

interface ListOptions extends CommonOptions {
  readonly template?: string;
  readonly enabled?: true;
  readonly disabled?: true;
}

function addReads(group: Command): void {
  const list = group
    .command("list")
    .alias("ls")
    .description("list schedules by name")
    .option("--template <name>", "only those of this template")
    .option("--enabled", "only those that are enabled")
    .option("--disabled", "only those that are not");
  withCommonOptions(list, ["hodei schedule list --disabled"]).action(listSchedules);
  const show = group
    .command("show")
    .alias("get")
    .description("show one schedule, when it is due and what came of it last")
    .argument("<name>", NAME);
  withCommonOptions(show, ["hodei schedule show nightly"]).action(
    async (name: string, options: CommonOptions) => {
      const { api, output, nowMs } = createContext(options);
      const schedule = await api.schedule(name);
      if (output.json) return output.value(schedule);
      await output.facts(scheduleFacts(schedule, nowMs));
    },
  );
}

async function listSchedules({
  template,
  enabled,
  disabled,
  ...options
}: ListOptions): Promise<void> {
  if (enabled && disabled) throw usageError("--enabled and --disabled: one of them, or none");
  const { api, output, nowMs } = createContext(options);
  const asked = {
    ...(template !== undefined && { template }),
    ...((enabled || disabled) && { enabled: enabled === true }),
  };
  const shown: ScheduleBody[] = [];
  let cursor: string | null = null;
  do {
    const page = await api.schedules({ ...asked, ...(cursor !== null && { cursor }) });
    cursor = page.next;
    if (output.json) for (const schedule of page.schedules) await output.value(schedule);
    else shown.push(...page.schedules);
  } while (cursor !== null);
  if (output.json) return;
  if (shown.length === 0) return output.note("no schedules");
  await scheduleTable(output, shown, nowMs);
}

function addStatuses(group: Command): void {
  const verbs = [
    ["enable", "put a schedule on the clock again; failures are forgotten", "enableSchedule"],
    ["disable", "take a schedule off the clock; its runs go on", "disableSchedule"],
  ] as const;
  for (const [verb, description, call] of verbs) {
    const command = group.command(verb).description(description).argument("<name>", NAME);
    withCommonOptions(command, [`hodei schedule ${verb} nightly`]).action(
      async (name: string, options: CommonOptions) => {
        const { api, output } = createContext(options);
        const schedule = await api[call](name);
        if (output.json) return output.value(schedule);
        await output.line(`${schedule.name} is ${schedule.enabled ? "enabled" : "disabled"}`);
      },
    );
  }
  const remove = group
    .command("delete")
    .description("forget a schedule; what it ran stays")
    .argument("<name>", NAME);
  withCommonOptions(remove, ["hodei schedule delete nightly"]).action(
    async (name: string, options: CommonOptions) => {
      const { api, output } = createContext(options);
      const deleted = await api.deleteSchedule(name);
      if (output.json) return output.value(deleted);
      await output.line(`${deleted.name} is deleted`);
    },
  );
}

interface TriggerOptions extends CommonOptions {
  readonly follow?: true;
  readonly idempotencyKey?: string;
}

function addTrigger(group: Command, finish: (exitCode: number) => void): void {
  const trigger = group
    .command("trigger")
    .description("run a schedule once now, enabled or not; its times stay")
    .argument("<name>", NAME)
    .option("--follow", "show the output, wait for the end, exit with the job's exit code")
    .option(
      "--idempotency-key <key>",
      "the same key never makes a second run (default: a new one)",
    );
  withCommonOptions(trigger, ["hodei schedule trigger nightly --follow"]).action(
    async (name: string, options: TriggerOptions) => finish(await triggerSchedule(name, options)),
  );
}

async function triggerSchedule(name: string, options: TriggerOptions): Promise<number> {
  const context = createContext(options);
  const key = options.idempotencyKey ?? randomUUID();
  const { run, created } = await context.api.triggerSchedule(name, key);
  if (!created) await context.output.note("hodei: this key had made the run before");
  if (options.follow) return followRun(context, run, { cancelOnInterrupt: false });
  await showSubmitted(context.output, run);
  return EXIT.ok;
}

interface UpcomingOptions extends CommonOptions {
  readonly template?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: string;
}

function addClock(group: Command, finish: (exitCode: number) => void): void {
  const upcoming = group
    .command("upcoming")
    .description("when enabled schedules are due, the soonest first")
    .option("--template <name>", "only of this template")
    .option("--from <instant>", "from this instant (default: now)")
    .option("--to <instant>", "until this instant")
    .option("--limit <n>", "how many, at most 500", "20");
  withCommonOptions(upcoming, ["hodei schedule upcoming --limit 5"]).action(showUpcoming);
  const check = group
    .command("check")
    .description("whether a cron expression is valid, and its next ten times")
    .argument("<cron>", "the expression, in quotes")
    .option("--timezone <zone>", "a name of the time zone database (default: UTC)");
  withCommonOptions(check, ["hodei schedule check '0 3 * * MON' --timezone Europe/Madrid"]).action(
    async (cron: string, options: CheckOptions) => finish(await checkCron(cron, options)),
  );
}

async function showUpcoming(options: UpcomingOptions): Promise<void> {
  const { template, from, to, limit: asked, ...common } = options;
  const limit = readLimit(asked);
  const { api, output, nowMs } = createContext(common);
  const given = {
    ...(template !== undefined && { template }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
  const found = await api.upcoming({ ...given, limit });
  if (output.json) {
    for (const one of found.upcoming) await output.value(one);
    return;
  }
  if (found.upcoming.length === 0) return output.note("nothing is due");
  await upcomingTable(output, found, nowMs);
}

interface CheckOptions extends CommonOptions {
  readonly timezone?: string;
}

/** Exit code 1 when it is not valid. */
async function checkCron(cron: string, { timezone, ...options }: CheckOptions): Promise<number> {
  const { api, output, nowMs } = createContext(options);
  const check = await api.checkCron(cron, timezone);
  if (output.json) await output.value(check);
  else if (!check.valid) await output.note(`hodei: ${check.problem}`);
  else for (const { at } of check.next) await output.line(instantCell(at, nowMs)?.text ?? at);
  return check.valid ? EXIT.ok : EXIT.failed;
}
