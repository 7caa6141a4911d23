import type { Row } from "../entry.ts";
import { isFinal, type Story } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

const OF_RUN = ["phase", "reason", "fence", "event_seq", "exit_code", "finished_at"];
const OF_ATTEMPT = ["phase", "failure", "exit_code", "result_id", "ended_at"];

/** A final run never changes: one end, and the last word. */
export const runEndIsFinal: Rule = {
  name: "run-end-is-final",
  check: ({ runs }) =>
    [...runs].flatMap(([id, story]) => leftEnds(`run ${id}`, story, isFinal, OF_RUN)),
};

/** The end of an attempt never changes, nor a result that is stored; a lost one may still hand in its. */
export const attemptEndIsFinal: Rule = {
  name: "attempt-end-is-final",
  check: ({ attempts }) =>
    [...attempts].flatMap(([key, story]) => [
      ...leftEnds(`attempt ${key}`, story, isOver, OF_ATTEMPT),
      ...leftEnds(`attempt ${key}`, story, hasResult, ["result_id"]),
      ...revived(key, story),
    ]),
};

const isOver = (row: Row | null) =>
  row !== null && row.phase !== "Lost" && row.ended_at !== null && row.ended_at !== undefined;
const hasResult = (row: Row | null) => row !== null && (row.result_id ?? null) !== null;

function leftEnds(
  who: string,
  story: Story,
  isEnd: (row: Row | null) => boolean,
  fields: readonly string[],
): Finding[] {
  return story.flatMap((change, at) => {
    const { old, new: fresh } = change;
    if (old === null || fresh === null || !isEnd(old)) return [];
    const changed = fields.filter((field) => old[field] !== fresh[field]);
    if (changed.length === 0) return [];
    return [
      {
        what: `${who} ended, then changed ${changed.join(", ")}`,
        entries: [story[at - 1], change],
      },
    ];
  });
}

function revived(key: string, story: Story): Finding[] {
  return story
    .filter(({ old, new: fresh }) => old?.phase === "Lost" && fresh !== null)
    .filter(({ new: fresh }) => fresh?.ended_at === null || fresh?.phase === "Returned")
    .map((change) => ({ what: `attempt ${key} was lost and lives again`, entries: [change] }));
}
