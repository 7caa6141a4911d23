import type { Command } from "commander";
import type { RunBody } from "#core/domain/spec/api.ts";
import type { RunChange } from "../api-client.ts";
import { usageError } from "../cli-error.ts";
import { resolveRunId } from "../run-id.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";

const ID = "id of the run, or 8 or more characters of its beginning or end";

/** `hodei suspend`: a waiting run goes on waiting, without a place in the queue and without a deadline. */
export function addSuspend(program: Command): void {
  const command = program
    .command("suspend")
    .description("hold a waiting run back until it is resumed")
    .argument("<id>", ID);
  withCommonOptions(command, ["hodei suspend 0198f00d"]).action((typed: string, options) =>
    patch(typed, { suspend: true }, options, ({ id }) => `${id} is suspended`),
  );
}

/** `hodei resume`: a suspended run takes its place in the queue. */
export function addResume(program: Command): void {
  const command = program
    .command("resume")
    .description("let a suspended run go on")
    .argument("<id>", ID);
  withCommonOptions(command, ["hodei resume 0198f00d"]).action((typed: string, options) =>
    patch(typed, { suspend: false }, options, ({ id, phase }) => `${id} is resumed (${phase})`),
  );
}

/** `hodei set-priority`: moves a waiting run in the queue. */
export function addSetPriority(program: Command): void {
  const command = program
    .command("set-priority")
    .description("change the priority of a waiting run")
    .argument("<id>", ID)
    .argument("<priority>", "higher goes first, -1000 to 1000");
  const examples = ["hodei set-priority 0198f00d 100", "hodei set-priority 0198f00d -5"];
  withCommonOptions(command, examples).action((typed: string, text: string, options) =>
    patch(
      typed,
      { priority: readPriority(text) },
      options,
      ({ id, priority }) => `${id} has priority ${priority}`,
    ),
  );
}

async function patch(
  typed: string,
  change: RunChange,
  options: CommonOptions,
  describe: (run: RunBody) => string,
): Promise<void> {
  const { api, output } = createContext(options);
  const run = await api.patch(await resolveRunId(api, typed), change);
  if (output.json) return output.value(run);
  await output.line(describe(run));
}

function readPriority(text: string): number {
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
  throw usageError(`<priority>: "${text}" is not a whole number`);
}
