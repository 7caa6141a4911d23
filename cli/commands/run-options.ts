import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { RunBody } from "#core/domain/spec/api.ts";
import { EXIT, usageError } from "../cli-error.ts";
import { collect } from "../template-options.ts";
import { type CommandContext, type CommonOptions, createContext } from "./context.ts";
import { followRun } from "./follow-run.ts";
import { showSubmitted } from "./run.ts";

/** The options of every command that makes one run from what is there already. */
export interface MakeRunOptions extends CommonOptions {
  readonly param?: readonly string[];
  readonly params?: string;
  readonly follow?: true;
  readonly cancelOnInterrupt?: true;
  readonly idempotencyKey?: string;
}

/** Adds them. */
export const withRunOptions = (command: Command): Command =>
  command
    .option("-p, --param <key=value>", "value of a parameter (repeatable)", collect)
    .option("--params <path>", "read values from a YAML or JSON file, - for stdin: for secrets")
    .option("--follow", "show the output, wait for the end, exit with the job's exit code")
    .option("--cancel-on-interrupt", "with --follow: Ctrl-C cancels the run instead of leaving it")
    .option(
      "--idempotency-key <key>",
      "the same key never makes a second run (default: a new one)",
    );

type MakeRun = (
  context: CommandContext,
  key: string,
) => Promise<{ readonly run: RunBody; readonly created: boolean }>;

/** Makes the run, says its id or follows it, and answers the exit code. */
export async function makeRun(options: MakeRunOptions, make: MakeRun): Promise<number> {
  if (options.cancelOnInterrupt && !options.follow)
    throw usageError("--cancel-on-interrupt goes with --follow");
  const context = createContext(options);
  const { run, created } = await make(context, options.idempotencyKey ?? randomUUID());
  if (!created) await context.output.note("hodei: this key had made the run before");
  if (options.follow) {
    const cancelOnInterrupt = options.cancelOnInterrupt === true;
    return followRun(context, run, { cancelOnInterrupt });
  }
  await showSubmitted(context.output, run);
  return EXIT.ok;
}
