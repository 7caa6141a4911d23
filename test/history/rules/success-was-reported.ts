import { AttemptEnd } from "#proto/hodei.ts";
import { type Facts, lastRow } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/**
 * A result in the rows was said by a worker, with the exit code that is stored, and the code of a
 * success wrote its last line into the witness. The rows alone could say anything.
 */
export const successWasReported: Rule = {
  name: "success-was-reported",
  check: (facts) => [...unsaid(facts), ...unwitnessed(facts)],
};

function unsaid({ attempts, messages }: Facts): Finding[] {
  const ofExecution = Map.groupBy(messages, ({ executionId }) => executionId ?? "");
  return [...attempts.values()].flatMap((story) => {
    const row = lastRow(story);
    const seen = ofExecution.get(String(row?.execution_id));
    // One that was never seen on a stream is of a worker that nobody listened to.
    if (row === null || (row.result_id ?? null) === null || seen === undefined) return [];
    const said = seen.find(({ what, resultId }) => what === "result" && resultId === row.result_id);
    const agrees =
      said !== undefined &&
      said.fence === row.fence &&
      (row.phase !== "Succeeded" ||
        (said.exitCode === 0 && said.end === AttemptEnd.ATTEMPT_END_EXITED));
    return agrees
      ? []
      : [
          {
            what: `no worker reported what attempt ${row.run_id}/${row.fence} is`,
            entries: [said, story.at(-1)],
          },
        ];
  });
}

function unwitnessed({ told, attempts, witness }: Facts): Finding[] {
  const lines = Map.groupBy(witness, ({ runId, fence }) => `${runId}/${fence}`);
  const asked = new Map(told.filter(({ view }) => view.witness).map((one) => [one.view.id, one]));
  return [...attempts].flatMap(([key, story]) => {
    const row = lastRow(story);
    const promised = asked.get(String(row?.run_id));
    if (row?.phase !== "Succeeded" || promised === undefined) return [];
    const events = lines.get(key)?.map(({ event }) => event) ?? [];
    return events.includes("start") && events.at(-1) === "end"
      ? []
      : [
          {
            what: `attempt ${key} succeeded, and its code did not run to its end`,
            entries: [promised.answer, story.at(-1), ...(lines.get(key) ?? [])],
          },
        ];
  });
}
