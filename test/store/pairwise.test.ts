import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, type StoreFixture } from "../support/store-fixture.ts";
import { type Move, standardScene } from "./standard-scene.ts";

let at: StoreFixture;
let moves: [string, Move][];
let restore: () => Promise<void>;

beforeAll(async () => {
  at = await openStore();
  moves = Object.entries(await standardScene(at));
  restore = await at.tables.keep();
});
afterAll(() => at.close());

const state = async (): Promise<string> => JSON.stringify(await at.tables.everything());

/** The state that these moves make from the scene, one after the other. */
async function stateAfter(...chosen: Move[]): Promise<string> {
  await restore();
  for (const move of chosen) await move(at.store, at.templates);
  return state();
}

/** A gateway that beats twice in one instant moves nothing. */
const QUIET = ["gateway beats"];

test("every move does something in the scene, and breaks nothing", async () => {
  const scene = await stateAfter();
  expect(await at.violations()).toEqual([]);
  for (const [name, move] of moves) {
    const after = await stateAfter(move);
    expect([name, await at.violations()]).toEqual([name, []]);
    if (!QUIET.includes(name)) expect([name, after === scene]).toEqual([name, false]);
  }
});

/** A claim takes what was there when it began; workers made meanwhile are the next one's. */
const BETWEEN = "create workers, then claim launches";

/**
 * For every ordered pair: the second starts while the first one's transaction is open. Nobody may
 * fail and no invariant may break; who waited must then have done what it does after the first, or
 * nothing.
 */
test("all pairs of moves", { timeout: 300_000 }, async () => {
  const wrong: unknown[] = [];
  let waits = 0;
  for (const [firstName, first] of moves)
    for (const [secondName, second] of moves) {
      const found = await raceFromScene(first, second);
      const pair = `${firstName}, then ${secondName}`;
      if (found.waited) waits += 1;
      if (found.wrong.length > 0 && pair !== BETWEEN) wrong.push([pair, ...found.wrong]);
    }
  expect(wrong).toEqual([]);
  expect(waits).toBeGreaterThan(moves.length); // else nothing was shown
});

async function raceFromScene(first: Move, second: Move) {
  await restore();
  try {
    const { waited } = await at.race(first, second);
    const wrong: unknown[] = await at.violations();
    if (waited) {
      const found = await state();
      const allowed = [await stateAfter(first, second), await stateAfter(first)];
      if (!allowed.includes(found)) wrong.push("a state that no order of the two makes");
    }
    return { waited, wrong };
  } catch (error) {
    return { waited: false, wrong: [error] };
  }
}
