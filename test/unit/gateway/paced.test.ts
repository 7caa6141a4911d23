import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Paced } from "../../../gateway/paced.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("all who ask at once get one answer, and it is given again while it is fresh", async () => {
  let asked = 0;
  const paced = new Paced(async () => (asked += 1), 1_000);
  expect(await Promise.all([paced.ask(), paced.ask()])).toEqual([1, 1]);
  vi.advanceTimersByTime(999);
  expect(await paced.ask()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(await paced.ask()).toBe(2);
});

it("an answer that took long is kept for longer", async () => {
  let asked = 0;
  const paced = new Paced(async () => {
    vi.advanceTimersByTime(500);
    asked += 1;
    return asked;
  }, 1_000);
  expect(await paced.ask()).toBe(1);
  vi.advanceTimersByTime(9_999);
  expect(await paced.ask()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(await paced.ask()).toBe(2);
});

it("a failure is not kept", async () => {
  let asked = 0;
  const paced = new Paced(async () => {
    asked += 1;
    if (asked === 1) throw new Error("down");
    return asked;
  }, 1_000);
  await expect(paced.ask()).rejects.toThrow("down");
  expect(await paced.ask()).toBe(2);
});
