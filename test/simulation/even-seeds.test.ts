import { afterAll, beforeAll, test } from "vitest";
import { mustBeSound, openSimulation } from "./open-simulation.ts";

const SEEDS = Array.from({ length: 100 }, (_, n) => 2 + 2 * n);

let lives: Awaited<ReturnType<typeof openSimulation>>;
beforeAll(async () => {
  lives = await openSimulation();
});
afterAll(() => lives.close());

test.each(SEEDS)(
  "seed %i: every invariant holds after every step, and everything ends",
  async (seed) => {
    mustBeSound(await lives.simulate(seed));
  },
);
