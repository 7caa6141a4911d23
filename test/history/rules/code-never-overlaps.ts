import type { Witness } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/**
 * With `AfterGone` no two attempts' code runs at the same time. The order of the lines in the
 * witness is the proof: once a later attempt has started, no earlier one writes again.
 */
export const codeNeverOverlaps: Rule = {
  name: "code-never-overlaps",
  check: ({ witness, runs }) =>
    [...Map.groupBy(witness, ({ runId }) => runId)].flatMap(([id, lines]) => {
      const birth = runs.get(id)?.[0];
      return birth?.new?.replacement === "AfterGone" ? overlaps(id, lines) : [];
    }),
};

function overlaps(id: string, lines: readonly Witness[]): Finding[] {
  let newest: Witness | undefined;
  return lines.flatMap((line) => {
    const begun = newest;
    if (begun && line.fence < begun.fence)
      return [
        {
          what: `the code of ${id}/${line.fence} ran after that of attempt ${begun.fence} had started`,
          entries: [begun, line],
        },
      ];
    newest = line;
    return [];
  });
}
