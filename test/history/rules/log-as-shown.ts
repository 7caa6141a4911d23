import type { EntryOf } from "../entry.ts";
import { attemptKey, type Change, type Facts } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/** A piece of output that a client was shown is stored; after a page that is the last, none comes. */
export const logAsShown: Rule = {
  name: "log-as-shown",
  check: (facts) => {
    const ofRun = Map.groupBy([...facts.chunks.values()].flat(), (change) =>
      String((change.new ?? change.old)?.run_id),
    );
    return facts.answers.flatMap((answer) =>
      answer.log === null ? [] : checkPage(facts, answer, ofRun.get(answer.log.runId) ?? []),
    );
  },
};

function checkPage(
  { runs }: Facts,
  answer: EntryOf<"answer">,
  chunks: readonly Change[],
): Finding[] {
  const { runId, pieces, next, complete } = answer.log ?? NO_PAGE;
  if (runs.get(runId)?.[0]?.old !== null) return []; // begun before the history
  const stored = new Set(
    chunks.map(({ old, new: fresh }) => attemptKey((fresh ?? old)?.fence, (fresh ?? old)?.seq)),
  );
  const unknown = pieces
    .filter(({ attempt, seq }) => !stored.has(attemptKey(attempt, seq)))
    .map(({ attempt, seq }) => ({
      what: `piece ${attempt}.${seq} of run ${runId} was shown and is not stored`,
      entries: [answer],
    }));
  const later = complete ? chunks.filter(({ new: row }) => row && isAfter(row, next)) : [];
  return [
    ...unknown,
    ...later.slice(0, 1).map((change) => ({
      what: `run ${runId} has output after the page that was called the last`,
      entries: [answer, change],
    })),
  ];
}

const NO_PAGE = { runId: "", pieces: [], next: "0.0", complete: false };

function isAfter(row: NonNullable<Change["new"]>, cursor: string): boolean {
  const [attempt = 0, seq = 0] = cursor.split(".").map(Number);
  return Number(row.fence) > attempt || (row.fence === attempt && Number(row.seq) > seq);
}
