/** `hodei fence check`: the same in the whole command line and in the small one that jobs find. */
import { checkFence, ownAttempt } from "./check-fence.ts";
import { CliError, EXIT } from "./cli-error.ts";

type Variables = Readonly<Record<string, string | undefined>>;

export const FENCE_CHECK_HELP = `
Exit codes:
  0   this attempt is the current one of its run
  75  it is not any more, or its run was asked to stop: change nothing outside
  69  nobody could be asked: treat it as 75, or ask again
  2   this is not inside a job

Examples:
  $ hodei fence check && ./commit-results.sh`;

/**
 * Returns when the attempt of this environment is current. Otherwise throws CliError with the exit code
 * that says why; in doubt it throws.
 */
export async function assertFence(env: Variables): Promise<void> {
  const attempt = ownAttempt(env);
  if (attempt === null)
    throw new CliError("this is not inside a job: HODEI_EXECUTION_ID and HODEI_FENCE are not set", {
      exitCode: EXIT.usage,
      hint: "only a job has an attempt to ask about",
    });
  const checked = await checkFence(attempt);
  if (checked.state === "superseded")
    throw new CliError("this attempt does not count any more", {
      exitCode: EXIT.superseded,
      hint: "it was replaced, has ended, or its run was asked to stop: change nothing outside",
    });
  if (checked.state === "unknown")
    throw new CliError(`nobody can say whether this attempt still counts: ${checked.why}`, {
      exitCode: EXIT.unanswered,
    });
}
