import { expect, test } from "vitest";
import { openSimulation } from "./open-simulation.ts";

const SEEDS = [11, 12, 13, 14];

test("the same seed writes the same journal, byte for byte, whatever was simulated before", async () => {
  const [here, there] = await Promise.all([openSimulation(), openSimulation()]);
  const first = new Map<number, string>();
  for (const seed of SEEDS) first.set(seed, (await here.simulate(seed)).journal);
  for (const seed of SEEDS.toReversed())
    expect((await there.simulate(seed)).journal).toBe(first.get(seed));
  expect(new Set(first.values()).size).toBe(SEEDS.length);
  await Promise.all([here.close(), there.close()]);
});
