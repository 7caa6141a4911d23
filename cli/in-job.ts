/**
 * What a job finds as `hodei` (worker/job-tools.ts puts it on its path). Started for each question, so it
 * loads nothing but Node's own; the worker's image has it as one small file.
 */
import { CliError, EXIT } from "./cli-error.ts";
import { assertFence, FENCE_CHECK_HELP } from "./fence-command.ts";

const HELP = `Usage: hodei fence check

Asks whether this attempt still counts, before something outside is changed.
The whole command line is not on this machine.
${FENCE_CHECK_HELP}
`;

async function main(argv: readonly string[]): Promise<number> {
  if (argv.some((word) => word === "--help" || word === "-h" || word === "help")) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  if (argv.join(" ") !== "fence check") {
    process.stderr.write(HELP);
    return EXIT.usage;
  }
  try {
    await assertFence(process.env);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    process.stderr.write(
      `hodei: ${error.message}${error.hint === null ? "" : `; ${error.hint}`}\n`,
    );
    return error.exitCode;
  }
}

process.exitCode = await main(process.argv.slice(2));
