import type { Command } from "commander";
import { usageError } from "../cli-error.ts";
import { resolveRunId } from "../run-id.ts";
import { type CancelManyOptions, cancelMany } from "./cancel-many.ts";
import { createContext, withCommonOptions } from "./context.ts";

interface CancelOptions extends CancelManyOptions {
  readonly label: readonly string[];
}

const EXAMPLES = [
  "hodei cancel 0198f00d-1c2b-7def-8000-0123456789ab",
  "hodei cancel 0198f00d --reason 'wrong input'",
  "hodei cancel -l team=data --phase Pending",
];

/** `hodei cancel`: a waiting run ends at once, a running one gets SIGTERM, then SIGKILL. */
export function addCancel(program: Command): void {
  const collect = (value: string, earlier: readonly string[]): string[] => [...earlier, value];
  const command = program
    .command("cancel")
    .description("cancel a run, or all runs with a label")
    .argument("[id]", "id of the run, or 8 or more characters of its beginning or end")
    .option("-l, --label <key=value>", "all runs with this label (repeatable)", collect, [])
    .option("--phase <phase>", "with --label: only Pending, Assigned, Running", collect, [])
    .option("-y, --yes", "with --label: do not ask")
    .option("--reason <text>", "why, for whoever looks later");
  withCommonOptions(command, EXAMPLES).action(cancel);
}

async function cancel(typed: string | undefined, options: CancelOptions): Promise<void> {
  if ((typed === undefined) === (options.label.length === 0))
    throw usageError("give the id of a run, or --label", "hodei cancel -l team=data");
  if (typed === undefined) return cancelMany(options);
  if (options.phase.length > 0 || options.yes)
    throw usageError("--phase and --yes go with --label");
  const { api, output } = createContext(options);
  const id = await resolveRunId(api, typed);
  const answer = await api.cancel(id, options.reason ?? null);
  if (output.json) return output.value(answer);
  const what = answer.stopping ? "is being stopped" : "is cancelled";
  await output.line(`${id} ${what}`);
}
