import type { Command } from "commander";
import { resolveRunId } from "../run-id.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";

interface CancelOptions extends CommonOptions {
  readonly reason?: string;
}

const EXAMPLES = [
  "hodei cancel 0198f00d-1c2b-7def-8000-0123456789ab",
  "hodei cancel 0198f00d --reason 'wrong input'",
];

/** `hodei cancel`: a waiting run ends at once, a running one gets SIGTERM, then SIGKILL. */
export function addCancel(program: Command): void {
  const command = program
    .command("cancel")
    .description("cancel a run")
    .argument("<id>", "id of the run, or 8 or more characters of its beginning or end")
    .option("--reason <text>", "why, for whoever looks later");
  withCommonOptions(command, EXAMPLES).action(cancel);
}

async function cancel(typed: string, options: CancelOptions): Promise<void> {
  const { api, output } = createContext(options);
  const id = await resolveRunId(api, typed);
  const answer = await api.cancel(id, options.reason ?? null);
  if (output.json) return output.value(answer);
  const what = answer.stopping ? "is being stopped" : "is cancelled";
  await output.line(`${id} ${what}`);
}
