import { afterAll, beforeAll, test } from "vitest";
import { openSimulation } from "./open-simulation.ts";
import type { Outcome } from "./simulate.ts";

/** One test for each life. Several files call it, so that several processes live at once. */
export function testSeeds(seeds: readonly number[]): void {
  let lives: Awaited<ReturnType<typeof openSimulation>>;
  beforeAll(async () => {
    lives = await openSimulation();
  });
  afterAll(() => lives.close());

  test.each(seeds)(
    "seed %i: every invariant holds after every step, and everything ends",
    async (seed) => {
      mustBeSound(await lives.simulate(seed));
    },
  );
}

const LINES_SHOWN = 25;

/** Throws what was broken, with the end of the journal. */
function mustBeSound({ seed, findings, journal }: Outcome): void {
  if (findings.length === 0) return;
  const broken = findings.map(({ invariant, detail }) => `${invariant}: ${detail}`).join("\n");
  const end = journal.trimEnd().split("\n").slice(-LINES_SHOWN).join("\n");
  throw new Error(`${broken}\n\n${end}\n\nAgain: npm run sim -- --seed ${seed}`);
}
