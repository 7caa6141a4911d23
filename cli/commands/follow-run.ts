import type { RunBody } from "#core/domain/spec/api.ts";
import { EXIT } from "../cli-error.ts";
import { exitCodeOf } from "../exit-code.ts";
import { onInterrupt } from "../interrupt.ts";
import { readLog } from "../read-log.ts";
import type { CommandContext } from "./context.ts";

/**
 * Shows the output of a run until its end and answers its exit code. Ctrl-C leaves the run alone
 * and says how to come back; with `cancelOnInterrupt` the first press cancels the run, whose end
 * is then waited for, and the second one leaves.
 */
export async function followRun(
  context: CommandContext,
  submitted: RunBody,
  { cancelOnInterrupt }: { cancelOnInterrupt: boolean },
): Promise<number> {
  const { api, output } = context;
  const { id } = submitted;
  let cancelled = !cancelOnInterrupt;
  let detached = false;
  const stopListening = onInterrupt(() => {
    if (cancelled) {
      detached = true;
      context.abort();
      return;
    }
    cancelled = true;
    void output.note("hodei: cancelling; press Ctrl-C again to leave it alone");
    const sayFailure = (error: Error) => output.note(`hodei: not cancelled: ${error.message}`);
    api.cancel(id, "interrupted at the terminal").catch(sayFailure);
  });
  try {
    if (output.json) await output.value({ type: "run", ...submitted });
    if (output.watched) await output.note(`hodei: ${id}`);
    await readLog(api, output, {
      runId: id,
      attempt: null,
      follow: true,
      onIdle: tellProgress(context, submitted),
    });
    return await showEnd(context, id);
  } catch (error) {
    if (!detached) throw error;
    await output.note(`hodei: left run ${id}; it goes on without you`);
    await output.note(
      `hodei: see it with \`hodei logs -f ${id}\`, stop it with \`hodei cancel ${id}\``,
    );
    return EXIT.interrupted;
  } finally {
    stopListening();
  }
}

/** While nothing is written: what the run waits for, once for each change. */
function tellProgress(
  { output }: CommandContext,
  submitted: RunBody,
): (run: RunBody) => Promise<void> {
  const describe = ({ phase, reason, message }: RunBody): string =>
    [phase, reason, message].filter((part) => part !== null).join(", ");
  let told = describe(submitted);
  return async (run) => {
    const now = describe(run);
    if (now !== told && output.watched) await output.note(`hodei: ${now}`);
    told = now;
  };
}

async function showEnd({ api, output }: CommandContext, id: string): Promise<number> {
  const [run, { attempts }] = await Promise.all([api.run(id), api.attempts(id)]);
  if (output.json) await output.value({ type: "run", ...run });
  else if (run.phase !== "Succeeded") {
    const why = [run.reason, run.message].filter((part) => part !== null).join(": ");
    await output.note(`hodei: run ${id} ${run.phase}${why === "" ? "" : ` (${why})`}`);
  }
  return exitCodeOf(run, attempts);
}
