import type { Command } from "commander";
import { usageError } from "../cli-error.ts";
import { untilInterrupted } from "../interrupt.ts";
import { readLog } from "../read-log.ts";
import { resolveRunId } from "../run-id.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";
import { addVerify } from "./logs-verify.ts";

interface LogsOptions extends CommonOptions {
  readonly follow?: true;
  readonly attempt?: string;
}

const EXAMPLES = [
  "hodei logs 0198f00d-1c2b-7def-8000-0123456789ab",
  "hodei logs -f 0198f00d",
  "hodei logs 0198f00d --attempt 2 2>errors.txt >output.txt",
];

/** `hodei logs`: the output of a run, stdout to stdout, stderr to stderr. */
export function addLogs(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command("logs")
    .description("show the output of a run")
    .argument("<id>", "id of the run, or 8 or more characters of its beginning or end")
    .option("-f, --follow", "wait for more until the run has ended")
    .option("--attempt <n>", "only the output of this attempt");
  withCommonOptions(command, EXAMPLES).action(async (typed: string, options: LogsOptions) =>
    finish(await logs(typed, options)),
  );
  addVerify(command, finish);
}

async function logs(typed: string, options: LogsOptions): Promise<number> {
  const attempt = readAttempt(options.attempt);
  const { api, output, abort } = createContext(options);
  return untilInterrupted(abort, async () => {
    const runId = await resolveRunId(api, typed);
    await readLog(api, output, { runId, attempt, follow: options.follow === true });
  });
}

function readAttempt(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError(`--attempt <n>: "${text}" is not the number of an attempt`);
}
