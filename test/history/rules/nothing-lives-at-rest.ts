import { type Facts, isFinal, lastRow } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/** When all has had time to end: every acknowledged run is final, no attempt lives, no machine is left over. */
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

/** A pool may keep warm machines: what may not run is one whose row was over by then. */
function machinesLeft({ workers, machines, rest }: Facts): Finding[] {
  const newest = new Map(machines.map((seen) => [seen.machineId, seen]));
  return [...newest.values()].flatMap((seen) => {
    const overAtMs = lastRow(workers.get(seen.workerId))?.terminated_at ?? Number.POSITIVE_INFINITY;
    return seen.live && Number(overAtMs) <= (rest?.ms ?? 0)
      ? [{ what: `machine ${seen.machineId} still runs`, entries: [seen, rest ?? undefined] }]
      : [];
  });
}
