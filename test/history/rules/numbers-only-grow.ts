import type { Story } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/** Fences rise by one; epochs of sessions and of launches, and numbers of events, never fall. */
export const numbersOnlyGrow: Rule = {
  name: "numbers-only-grow",
  check: ({ runs, attempts, workers, control }) => [
    ...[...runs.values()].flatMap((story) => [
      ...falls(story, "fence", 1),
      ...falls(story, "event_seq"),
    ]),
    ...[...workers.values()].flatMap((story) => falls(story, "session_epoch")),
    ...falls(control, "launch_epoch"),
    ...falls(control, "scheduler_version"),
    ...[...attempts].flatMap(([key, story]) => {
      const first = story[0];
      const run = first?.old === null ? runs.get(String(first.new?.run_id)) : undefined;
      const known = run?.some((change) => change.new?.fence === first?.new?.fence);
      return run && !known
        ? [{ what: `attempt ${key} has a fence that its run never had`, entries: [first] }]
        : [];
    }),
  ],
};

function falls(story: Story, field: string, stepMax = Number.POSITIVE_INFINITY): Finding[] {
  return story.flatMap((change) => {
    if (change.old === null || change.new === null) return [];
    const step = Number(change.new[field]) - Number(change.old[field]);
    return step >= 0 && step <= stepMax
      ? []
      : [
          {
            what: `${field} of ${change.table} ${change.old.id ?? ""} went from ${change.old[field]} to ${change.new[field]}`,
            entries: [change],
          },
        ];
  });
}
