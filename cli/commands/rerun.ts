import type { Command } from "commander";
import { resolveRunId } from "../run-id.ts";
import { readValues } from "../template-options.ts";
import { withCommonOptions } from "./context.ts";
import { type MakeRunOptions, makeRun, withRunOptions } from "./run-options.ts";

interface RerunOptions extends MakeRunOptions {
  readonly latest?: true;
}

const EXAMPLES = ["hodei rerun 0198f00d", "hodei rerun 0198f00d --latest -p REGION=us --follow"];

/** `hodei rerun`: the same once more. */
export function addRerun(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command("rerun")
    .description("make a run once more, perhaps with other values")
    .argument("<id>", "id of the run, or 8 or more characters of its beginning or end")
    .option("--latest", "at the newest version of its template, instead of the one it had");
  withCommonOptions(withRunOptions(command), EXAMPLES).action(
    async (typed: string, options: RerunOptions) => finish(await rerun(typed, options)),
  );
}

async function rerun(typed: string, options: RerunOptions): Promise<number> {
  const parameters = readValues(options);
  return makeRun(options, async ({ api }, key) => {
    const version = options.latest ? "latest" : "pinned";
    return api.rerun(await resolveRunId(api, typed), { version, parameters }, key);
  });
}
