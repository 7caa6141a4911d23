import { FINAL_PHASES } from "../entry.ts";
import { type Facts, isFinal, lastRow, type Told } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/**
 * What a client was told is never taken back: an answer to a call that began after another answer
 * had come shows no fewer attempts and the same end; and the end that was told is the one in the row.
 */
export const answersAgree: Rule = {
  name: "answers-agree",
  check: (facts) => {
    const byRun = Map.groupBy(facts.told, ({ view }) => view.id);
    return [...byRun].flatMap(([id, told]) => [
      ...takenBack(id, told),
      ...againstTheRow(facts, id, told),
    ]);
  },
};

interface Known {
  readonly end: Told | null;
  readonly most: Told | null;
}

function takenBack(id: string, told: readonly Told[]): Finding[] {
  const found: Finding[] = [];
  const known = knownAtCall(told);
  for (const now of told) {
    const { end, most } = known.get(now) ?? { end: null, most: null };
    const entries = (before: Told) => [before.answer, now.call, now.answer];
    if (end && endOf(end) !== endOf(now))
      found.push({
        what: `run ${id} was ${endOf(end)}, later ${endOf(now)}`,
        entries: entries(end),
      });
    if (most && most.view.attempts > now.view.attempts)
      found.push({ what: `run ${id} had more attempts before`, entries: entries(most) });
  }
  return found;
}

/** What every answer that had come by the time of a call said together. */
function knownAtCall(told: readonly Told[]): Map<Told, Known> {
  const moments = told
    .flatMap((one) => [
      { n: one.call.n, one, comes: false },
      { n: one.answer.n, one, comes: true },
    ])
    .sort((a, b) => a.n - b.n);
  const known = new Map<Told, Known>();
  let now: Known = { end: null, most: null };
  for (const { one, comes } of moments)
    if (!comes) known.set(one, now);
    else
      now = {
        end: now.end ?? (FINAL_PHASES.has(one.view.phase) ? one : null),
        most: now.most && now.most.view.attempts >= one.view.attempts ? now.most : one,
      };
  return known;
}

function againstTheRow({ runs, rest }: Facts, id: string, told: readonly Told[]): Finding[] {
  const last = runs.get(id)?.at(-1);
  const row = lastRow(runs.get(id)) ?? last?.old ?? null;
  if (row === null) return []; // another rule misses it
  const ends = told.filter(({ view }) => FINAL_PHASES.has(view.phase));
  const wrong = ends.filter(
    ({ view }) =>
      view.phase !== row.phase || view.reason !== row.reason || view.exitCode !== row.exit_code,
  );
  const stopping = told.filter(({ view }) => view.stopping);
  const undone = rest && isFinal(row) && row.phase === "Succeeded" ? stopping : [];
  return [
    ...wrong.map(({ answer, view }) => ({
      what: `run ${id} was told to be ${view.phase} and is ${row.phase} in its row`,
      entries: [answer, last],
    })),
    ...undone.slice(0, 1).map(({ answer }) => ({
      what: `run ${id} was told to be stopping and succeeded`,
      entries: [answer, last],
    })),
  ];
}

const endOf = ({ view }: Told): string => `${view.phase} ${view.reason} ${view.exitCode}`;
