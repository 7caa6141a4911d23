import { type Facts, lastRow, type Story, type Told } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/**
 * The output of an attempt is numbered from 1 without a hole, each piece stored once and never
 * changed. When it is all there, a job that said how many lines it prints has so many.
 */
export const logWithoutGaps: Rule = {
  name: "log-without-gaps",
  check: (facts) => {
    const announced = new Map(
      facts.told.filter(({ view }) => view.lines !== null).map((one) => [one.view.id, one]),
    );
    return [...facts.chunks].flatMap(([key, story]) => [
      ...holes(facts, key, story),
      ...miscounted(facts, { key, story, announced }),
    ]);
  },
};

function holes({ attempts }: Facts, key: string, story: Story): Finding[] {
  const inserts = story.filter(({ old }) => old === null);
  const bySeq = Map.groupBy(inserts, (change) => String(change.new?.seq));
  const doubled = [...bySeq].flatMap(([seq, changes]) =>
    changes.length > 1
      ? [{ what: `piece ${seq} of ${key} was stored more than once`, entries: changes }]
      : [],
  );
  const changed = story
    .filter(({ old, new: fresh }) => old !== null && fresh !== null)
    .map((change) => ({ what: `a piece of ${key} was changed`, entries: [change] }));
  if (attempts.get(key)?.[0]?.old !== null) return [...doubled, ...changed];
  const most = Math.max(0, ...inserts.map((change) => Number(change.new?.seq)));
  const missing = Array.from({ length: most }, (_, at) => String(at + 1)).filter(
    (seq) => !bySeq.has(seq),
  );
  const gaps =
    missing.length > 0
      ? [{ what: `pieces ${missing} of ${key} are missing`, entries: [story.at(-1)] }]
      : [];
  return [...doubled, ...changed, ...gaps];
}

function miscounted(
  { attempts, rest }: Facts,
  of: { key: string; story: Story; announced: ReadonlyMap<string, Told> },
): Finding[] {
  const attempt = attempts.get(of.key);
  const row = lastRow(attempt);
  const promised = of.announced.get(String(row?.run_id));
  const pieces = of.story.flatMap(({ old, new: fresh }) => (old === null && fresh ? [fresh] : []));
  const isAll = row?.phase === "Succeeded" && pieces.length === row.log_last_seq;
  if (!promised || !rest || !isAll || pieces.some(({ truncated }) => truncated)) return [];
  const lines = pieces.reduce((sum, piece) => sum + Number(piece.lines), 0);
  return lines === promised.view.lines
    ? []
    : [
        {
          what: `${of.key} printed ${promised.view.lines} lines, stored are ${lines}`,
          entries: [promised.answer, attempt?.at(-1), of.story.at(-1)],
        },
      ];
}
