import type { Command } from "commander";
import { assertFence, FENCE_CHECK_HELP } from "../fence-command.ts";

/** `hodei fence`: for jobs, about their own attempt. Asks the worker on this machine, and no API. */
export function addFence(program: Command): void {
  program
    .command("fence")
    .description("inside a job: whether its attempt still counts")
    .command("check")
    .description("exit with 0 when this attempt is the current one of its run")
    .addHelpText("after", FENCE_CHECK_HELP)
    .action(() => assertFence(process.env));
}
