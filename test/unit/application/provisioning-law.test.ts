import { describe, expect, it } from "vitest";
import { BUGS } from "../../support/provisioning/bugs.ts";
import type { Account } from "../../support/provisioning/law.ts";
import { playSchedule } from "../../support/provisioning/schedule.ts";

const SCHEDULES = 100_000;
/** A mistake shows in one of the first few; far more than that are played. */
const TO_FIND_A_BUG = 500;

describe("the law of provisioning", () => {
  it(`holds in ${SCHEDULES} random schedules`, { timeout: 180_000 }, async () => {
    const seen: Record<string, number> = {};
    for (let seed = 0; seed < SCHEDULES; seed += 1) {
      const { breach, ledger } = await playSchedule(seed);
      if (breach !== null) expect.unreachable(`schedule ${seed}: ${breach}`);
      for (const account of ledger.values()) countIn(seen, account);
    }
    // Nothing of this is true for want of events.
    for (const cause of ["launches", "submitted", "returned", "lost", "displaced", "warm"])
      expect(seen[cause], cause).toBeGreaterThan(SCHEDULES / 100);
  });

  it.each(Object.entries(BUGS))("is broken where %s", async (_name, bug) => {
    for (let seed = 0; seed < TO_FIND_A_BUG; seed += 1)
      if ((await playSchedule(seed, bug)).breach !== null) return;
    expect.unreachable(`nothing was found in ${TO_FIND_A_BUG} schedules`);
  });
});

function countIn(seen: Record<string, number>, { demand, launches, warm }: Account): void {
  for (const [cause, count] of Object.entries({ ...demand, launches, warm }))
    seen[cause] = (seen[cause] ?? 0) + count;
}
