import { attemptKey } from "../facts.ts";
import type { Rule } from "../rule.ts";

/** The user's code starts at most once for each attempt. */
export const codeStartsOnce: Rule = {
  name: "code-starts-once",
  check: ({ witness }) => {
    const starts = witness.filter(({ event }) => event === "start");
    const byAttempt = Map.groupBy(starts, ({ runId, fence }) => attemptKey(runId, fence));
    return [...byAttempt].flatMap(([key, lines]) =>
      lines.length > 1
        ? [{ what: `the code of ${key} started ${lines.length} times`, entries: lines }]
        : [],
    );
  },
};
