import type { Change, Facts, Story } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/**
 * Each change of a row begins where the one before ended, and no change was told twice. It is about
 * the record itself: with a hole in it the other rules would prove less than they seem to.
 */
export const rowsAreWhole: Rule = {
  name: "rows-are-whole",
  check: (facts) => [...storiesOf(facts)].flatMap(breaksOf),
};

function* storiesOf({ runs, attempts, workers, chunks, control }: Facts): Iterable<Story> {
  yield* runs.values();
  yield* attempts.values();
  yield* workers.values();
  for (const ofAttempt of chunks.values())
    yield* Map.groupBy(ofAttempt, ({ old, new: fresh }) => String((fresh ?? old)?.seq)).values();
  yield control;
}

function breaksOf(story: Story): Finding[] {
  const found: Finding[] = [];
  let before: Change | null = null;
  for (const change of story) {
    if (before !== null && !follows(before, change))
      found.push({ what: `a row of ${change.table} changed unseen`, entries: [before, change] });
    before = change;
  }
  return found;
}

function follows(before: Change, change: Change): boolean {
  if (before.new === null || change.old === null) return before.new === null && change.old === null;
  const known = before.new;
  return Object.entries(change.old).every(([name, value]) => known[name] === value);
}
