import { type Change, lastRow } from "../facts.ts";
import type { Rule } from "../rule.ts";

const CHARGED: ReadonlySet<unknown> = new Set(["app", "oom", "timeout"]);

/** Attempts that failed by the job's own fault are at most `backoffLimit` + 1. */
export const chargedWithinLimit: Rule = {
  name: "charged-within-limit",
  check: ({ runs, attempts }) => {
    const charged = [...attempts.values()].filter((story) => CHARGED.has(lastRow(story)?.failure));
    const byRun = Map.groupBy(charged, (story) => String(lastRow(story)?.run_id));
    return [...byRun].flatMap(([id, stories]) => {
      const birth = runs.get(id)?.[0];
      const limit = birth?.new?.backoffLimit;
      if (birth?.old !== null || typeof limit !== "number" || stories.length <= limit + 1)
        return [];
      const ends = stories.map((story): Change | undefined => story.at(-1));
      return [
        {
          what: `run ${id} was charged ${stories.length} attempts, backoffLimit ${limit}`,
          entries: [birth, ...ends],
        },
      ];
    });
  },
};
