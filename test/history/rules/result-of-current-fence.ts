import type { Change, Facts, Story } from "../facts.ts";
import { lastRow } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/** A result is recorded while its attempt is the newest of its run, and one success is all there is. */
export const resultOfCurrentFence: Rule = {
  name: "result-of-current-fence",
  check: (facts) => [...late(facts), ...doubleSuccesses(facts), ...successWithout(facts)],
};

function late({ attempts, runs }: Facts): Finding[] {
  return [...attempts.values()].flatMap((story) =>
    story.filter(records).flatMap((change) => {
      const run = before(runs.get(String(change.new?.run_id)) ?? [], change.seq);
      return run?.new && run.new.fence !== change.new?.fence
        ? [
            {
              what: `the result of attempt ${change.new?.fence} was recorded at fence ${run.new.fence}`,
              entries: [run, change],
            },
          ]
        : [];
    }),
  );
}

const records = ({ old, new: fresh }: Change) =>
  (old?.result_id ?? null) === null && (fresh?.result_id ?? null) !== null;

/** The last change of a row up to this one: a statement that moves both does not change the fence. */
function before(story: Story, seq: number): Change | undefined {
  return story.findLast((change) => change.seq <= seq) ?? undefined;
}

function doubleSuccesses({ attempts }: Facts): Finding[] {
  const succeeded = [...attempts.values()].filter((story) => lastRow(story)?.phase === "Succeeded");
  return [...Map.groupBy(succeeded, (story) => String(lastRow(story)?.run_id))].flatMap(
    ([id, stories]) =>
      stories.length > 1
        ? [
            {
              what: `run ${id} succeeded ${stories.length} times`,
              entries: stories.map((story) => story.at(-1)),
            },
          ]
        : [],
  );
}

function successWithout({ runs, attempts }: Facts): Finding[] {
  return [...runs].flatMap(([id, story]) => {
    const row = lastRow(story);
    if (row?.phase !== "Succeeded") return [];
    const newest = attempts.get(`${id}/${row.fence}`);
    return newest === undefined || lastRow(newest)?.phase === "Succeeded"
      ? []
      : [
          {
            what: `run ${id} succeeded, its newest attempt did not`,
            entries: [story.at(-1), newest.at(-1)],
          },
        ];
  });
}
