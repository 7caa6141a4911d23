import { afterAll, beforeAll, expect, test } from "vitest";
import { openSimulation } from "./open-simulation.ts";
import { PLANTED_BUGS } from "./planted-bugs.ts";

const SEEDS = Array.from({ length: 200 }, (_, n) => n + 1);
const ALL_SEEDS_MS = 300_000;

let lives: Awaited<ReturnType<typeof openSimulation>>;
beforeAll(async () => {
  // Without the second net: the statements alone are looked at.
  lives = await openSimulation({ secondNet: false });
});
afterAll(() => lives.close());

test.each(Object.entries(PLANTED_BUGS))(
  "%s: is noticed, by name",
  async (_name, { plant, breaks, seed: known }) => {
    for (const seed of [known, ...SEEDS]) {
      const [first] = (await lives.simulate(seed, plant)).findings;
      if (!first) continue;
      expect(breaks, `seed ${seed}: ${first.invariant}: ${first.detail}`).toContain(
        first.invariant,
      );
      return;
    }
    expect.fail(`nobody noticed in ${SEEDS.length} lives`);
  },
  ALL_SEEDS_MS,
);

test("without a bug the same seeds break nothing", async () => {
  for (const { seed } of Object.values(PLANTED_BUGS))
    expect((await lives.simulate(seed)).findings).toEqual([]);
});
