import fc from "fast-check";
import { expect, test } from "vitest";
import { jitteredMs, reconnectDelayMs } from "../../../worker/backoff.ts";

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test.each([
  [0, 200],
  [1, 400],
  [4, 3_200],
  [5, 5_000],
  [1_000_000, 5_000],
])("after %i failures the window is %i ms", (failures, windowMs) => {
  expect(reconnectDelayMs(failures, () => 0.5)).toBe(windowMs / 2);
  expect(reconnectDelayMs(failures, () => 0)).toBe(0);
});

test("a delay never leaves its window", () => {
  fc.assert(
    fc.property(fc.nat(), share, (failures, drawn) => {
      const delay = reconnectDelayMs(failures, () => drawn);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThan(5_000);
    }),
  );
});

test("a jittered period stays within its share", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), share, (periodMs, drawn) => {
      const jittered = jitteredMs(periodMs, 0.1, () => drawn);
      expect(Math.abs(jittered - periodMs)).toBeLessThanOrEqual(Math.ceil(periodMs * 0.1));
    }),
  );
  expect([0, 0.5, 1].map((drawn) => jitteredMs(1_000, 0.1, () => drawn))).toEqual([
    900, 1_000, 1_100,
  ]);
});
