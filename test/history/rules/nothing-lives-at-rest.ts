import { type Facts, isFinal, lastRow } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/** When all has had time to end: every acknowledged run is final, no attempt lives, no machine runs. */
export const nothingLivesAtRest: Rule = {
  name: "nothing-lives-at-rest",
  check: (facts) =>
    facts.rest === null ? [] : [...openRuns(facts), ...liveAttempts(facts), ...machinesLeft(facts)],
};

function openRuns({ acknowledged, runs, rest }: Facts): Finding[] {
  const seen = new Map(acknowledged.map(({ id, answer }) => [id, answer]));
  return [...seen].flatMap(([id, answer]) => {
    const row = lastRow(runs.get(id));
    return row === null || isFinal(row)
      ? []
      : [
          {
            what: `run ${id} is still ${row.phase}`,
            entries: [answer, runs.get(id)?.at(-1), rest ?? undefined],
          },
        ];
  });
}

function liveAttempts({ attempts, rest }: Facts): Finding[] {
  return [...attempts].flatMap(([key, story]) => {
    const row = lastRow(story);
    return row && row.ended_at === null
      ? [{ what: `attempt ${key} still lives`, entries: [story.at(-1), rest ?? undefined] }]
      : [];
  });
}

function machinesLeft({ workers, machines, rest }: Facts): Finding[] {
  const newest = new Map(machines.map((seen) => [seen.machineId, seen]));
  return [
    ...[...newest.values()]
      .filter(({ live }) => live)
      .map((seen) => ({
        what: `machine ${seen.machineId} still runs`,
        entries: [seen, rest ?? undefined],
      })),
    ...[...workers].flatMap(([id, story]) => {
      const row = lastRow(story);
      return row && row.phase !== "Terminated"
        ? [
            {
              what: `worker ${id} is still ${row.phase}`,
              entries: [story.at(-1), rest ?? undefined],
            },
          ]
        : [];
    }),
  ];
}
