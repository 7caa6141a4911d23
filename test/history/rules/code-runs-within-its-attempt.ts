import { attemptKey, type Facts, lastRow, type Story } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/** Instants of the database are cut to the millisecond, and the code writes a little after it starts. */
const SLACK_MS = 5;

/**
 * The user's code starts after the database said Running, and after the gateway said start, and not
 * once the attempt is over. Clocks of two processes are compared: on one machine they are one.
 */
export const codeRunsWithinItsAttempt: Rule = {
  name: "code-runs-within-its-attempt",
  check: (facts) => {
    const ofExecution = Map.groupBy(facts.messages, ({ executionId }) => executionId ?? "");
    return facts.witness
      .filter(({ event }) => event === "start")
      .flatMap((line) => {
        const story = facts.attempts.get(attemptKey(line.runId, line.fence));
        const seen = ofExecution.get(
          String((story?.at(-1)?.new ?? story?.at(-1)?.old)?.execution_id),
        );
        const unasked = seen?.every(({ what }) => what !== "start") ?? false;
        const what = unasked ? "before the gateway said start" : wrongTime(facts, line, story);
        return what === null
          ? []
          : [finding(`the code of ${line.runId}/${line.fence} started ${what}`, line, story)];
      });
  },
};

function wrongTime(
  { runs }: Facts,
  { runId, atMs }: Facts["witness"][number],
  story: Story | undefined,
): string | null {
  if (story === undefined) return runs.get(runId)?.[0]?.old === null ? "without an attempt" : null; // else begun before the history
  const row = lastRow(story) ?? story.at(-1)?.old ?? {};
  const started = story.find(({ new: fresh }) => fresh && fresh.started_at !== null)?.new;
  if (!started) return "although the attempt was never Running";
  // The end that counts is the first: a lost attempt that is salvaged had ended then.
  const ended = story.find(({ new: fresh }) => fresh && fresh.ended_at !== null)?.new ?? row;
  if (ended.ended_at !== null && atMs > Number(ended.ended_at) + SLACK_MS)
    return `${atMs - Number(ended.ended_at)} ms after the attempt was over`;
  return null;
}

const finding = (what: string, line: Facts["witness"][number], story?: Story): Finding => ({
  what,
  entries: [line, ...(story ?? [])],
});
