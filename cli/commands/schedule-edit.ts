import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import {
  OVERLAP_POLICIES,
  type OverlapPolicy,
  type ScheduleBody,
} from "#core/domain/spec/schedule-api.ts";
import type { ScheduleChangeInput } from "#core/domain/spec/schedule-input.ts";
import { usageError } from "../cli-error.ts";
import type { Output } from "../output.ts";
import { collect, readValues } from "../template-options.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";

interface EditOptions extends CommonOptions {
  readonly cron?: string;
  readonly timezone?: string;
  readonly description?: string;
  readonly param?: readonly string[];
  readonly params?: string;
  /** As typed: the API says what is wrong with it. */
  readonly overlap?: OverlapPolicy;
  readonly catchUp?: string;
  readonly maxFailures?: string;
  readonly pauseOnFailure?: boolean;
}

interface CreateOptions extends EditOptions {
  readonly template: string;
  readonly cron: string;
}

const CRON = "minute, hour, day, month, day of the week; or @daily and its like";

/** `hodei schedule create` and `update`. */
export function addScheduleEdits(group: Command): void {
  const create = group
    .command("create")
    .description("run a template by the clock")
    .argument("<name>", "name of the schedule")
    .requiredOption("--template <name>", "name of the template, or its id")
    .requiredOption("--cron <expression>", CRON);
  withCommonOptions(withEditOptions(create), [
    "hodei schedule create nightly --template report --cron '0 3 * * *' --timezone Europe/Madrid",
    "hodei schedule create often --template report --cron '*/5 * * * *' --overlap Forbid -p REGION=eu",
  ]).action(createSchedule);
  const update = group
    .command("update")
    .description("change a schedule; what is not said stays")
    .argument("<name>", "name of the schedule, or its id")
    .option("--cron <expression>", CRON);
  withCommonOptions(withEditOptions(update), [
    "hodei schedule update nightly --cron '30 4 * * MON-FRI'",
  ]).action(updateSchedule);
}

const withEditOptions = (command: Command): Command =>
  command
    .option("--timezone <zone>", "a name of the time zone database (default: UTC)")
    .option("--description <text>", "what it is for")
    .option("-p, --param <key=value>", "value of a parameter (repeatable)", collect)
    .option("--params <path>", "read values from a YAML or JSON file, - for stdin: for secrets")
    .option(
      "--overlap <policy>",
      `while a run of it is not over: ${OVERLAP_POLICIES.join(", ")} (default: Allow)`,
    )
    .option("--catch-up <seconds>", "how late it may run (default: 3600)")
    .option("--max-failures <n>", "failures in a row that count (default: nobody counts)")
    .option("--pause-on-failure", "disable it after so many")
    .option("--no-pause-on-failure", "go on however many");

async function createSchedule(
  name: string,
  { template, cron, ...options }: CreateOptions,
): Promise<void> {
  const input = { ...changeOf(options), name, template, cron };
  const { api, output } = createContext(options);
  await show(output, await api.createSchedule(input, randomUUID()));
}

async function updateSchedule(name: string, options: EditOptions): Promise<void> {
  const change = changeOf(options);
  if (Object.keys(change).length === 0) throw usageError("there is nothing to change");
  const { api, output } = createContext(options);
  await show(output, await api.changeSchedule(name, change));
}

async function show(output: Output, schedule: ScheduleBody): Promise<void> {
  if (output.json) return output.value(schedule);
  const next = schedule.nextRunAt === null ? "is disabled" : `is due at ${schedule.nextRunAt}`;
  await output.line(`${schedule.name} ${next}`);
}

function changeOf(options: EditOptions): ScheduleChangeInput {
  const { cron, timezone, description, param, params, overlap, pauseOnFailure } = options;
  const { catchUp, maxFailures } = options;
  return {
    ...(cron !== undefined && { cron }),
    ...(timezone !== undefined && { timezone }),
    ...(description !== undefined && { description }),
    ...((param || params !== undefined) && { parameters: readValues(options) }),
    ...(overlap !== undefined && { overlap }),
    ...(catchUp !== undefined && { catchUpSeconds: readNumber("--catch-up", catchUp) }),
    ...(maxFailures !== undefined && {
      maxConsecutiveFailures: readNumber("--max-failures", maxFailures),
    }),
    ...(pauseOnFailure !== undefined && { pauseOnFailure }),
  };
}

function readNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usageError(`${option}: "${text}" is not a whole number`);
}
