import { expect, test } from "vitest";
import { createOrderedIds } from "#adapters/ids/ordered-ids.ts";

const COUNT = 2_000; // more than one filling of random bytes

test("ids of one millisecond rise, and none comes twice", () => {
  const next = createOrderedIds(() => 1_700_000_000_000);
  const ids = Array.from({ length: COUNT }, next);
  expect(ids).toEqual([...ids].sort());
  expect(new Set(ids).size).toBe(COUNT);
});

test("ids rise with the clock, and when it is set back", () => {
  const instants = [5_000, 5_001, 9_000, 100, 8_999, 9_001];
  const next = createOrderedIds(() => instants.shift() ?? 0);
  const ids = Array.from({ length: 6 }, next);
  expect(ids).toEqual([...ids].sort());
  expect(ids[0]?.startsWith("00000000-1388-7")).toBe(true);
});

test("two makers share no id", () => {
  const [one, other] = [createOrderedIds(() => 0), createOrderedIds(() => 0)];
  const ids = Array.from({ length: COUNT }, () => [one(), other()]).flat();
  expect(new Set(ids).size).toBe(2 * COUNT);
});

test("an id is a UUID of version 7", () => {
  const id = createOrderedIds()();
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
