import { isFinal } from "../facts.ts";
import type { Rule } from "../rule.ts";

/** A run that a submit was answered with is stored, and is never gone before it ended. */
export const acknowledgedRunExists: Rule = {
  name: "acknowledged-run-exists",
  check: ({ acknowledged, runs }) =>
    acknowledged.flatMap(({ id, answer }) => {
      const story = runs.get(id);
      const last = story?.at(-1);
      if (last === undefined)
        return [{ what: `run ${id} was acknowledged and never stored`, entries: [answer] }];
      if (last.new === null && !isFinal(last.old))
        return [{ what: `run ${id} vanished before its end`, entries: [answer, last] }];
      return [];
    }),
};
