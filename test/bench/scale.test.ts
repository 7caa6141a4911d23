import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SHORT } from "../../bench/scale/effort.ts";
import { withHistory } from "../../bench/scale/history.ts";
import { logs } from "../../bench/scale/logs.ts";
import { HIDDEN, HIDDEN_BY_SHAPES, PLAIN, pendingRuns } from "../../bench/scale/pending-runs.ts";
import { reconnects } from "../../bench/scale/reconnects.ts";
import { type Databases, startDatabases } from "../../bench/stand/databases.ts";

/**
 * The bench of scale in short, against what grows with what nobody waits for. Compared is what was
 * measured in the same minute, twenty times as much against as little, at its fastest: what else the
 * machine does is not in it. The bounds leave room for what is left of that.
 */
const QUEUE_RATIO_MAX = 3;
const HISTORY_RATIO_MAX = 3;
const MEMORY_RATIO_MAX = 1.5;

let databases: Databases;
beforeAll(async () => {
  databases = await startDatabases();
});
afterAll(() => databases.close());

describe("a long queue", () => {
  test("costs the tick and a look no more than a short one", async () => {
    const { few, many } = await pendingRuns(databases, PLAIN, SHORT);
    expect(many.tick.leastMs / few.tick.leastMs).toBeLessThan(QUEUE_RATIO_MAX);
    expect(many.look.leastMs / few.look.leastMs).toBeLessThan(QUEUE_RATIO_MAX);
    expect(many.placed).toBe(many.ready);
  });

  test.each([HIDDEN, HIDDEN_BY_SHAPES])(
    "that nobody can serve at its head ($title) does not stop what is behind",
    async (kind) => {
      const { many } = await pendingRuns(databases, kind, SHORT);
      expect(many.placed).toBe(many.ready);
    },
  );
});

test("a long history costs neither the tick nor the reads of what is new", async () => {
  const few = await withHistory(databases, SHORT.history.few, SHORT);
  const many = await withHistory(databases, SHORT.history.many, SHORT);
  for (const what of ["tick", "newestPage", "get"] as const)
    expect(many[what].leastMs / few[what].leastMs, what).toBeLessThan(HISTORY_RATIO_MAX);
  for (const { deletion } of [few, many]) expect(deletion.runs).toBe(SHORT.history.expired);
});

test("workers that lose their gateway come back, and nothing of theirs is lost", async () => {
  const { workers, ...of } = await reconnects(databases, SHORT);
  expect(of).toMatchObject({ attached: workers, runs: workers, recorded: workers });
  expect(of).toMatchObject({ repeated: 0, violations: 0 });
});

test("output is stored to the last line, in memory that does not grow with it", async () => {
  const { offered, acknowledged, refused, memory } = await logs(databases, SHORT);
  expect({ acknowledged, refused }).toEqual({ acknowledged: offered, refused: 0 });
  expect(memory.end / memory.middle).toBeLessThan(MEMORY_RATIO_MAX);
});
