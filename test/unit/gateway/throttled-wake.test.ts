import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ThrottledWake } from "../../../gateway/throttled-wake.ts";

const WINDOW_MS = 1_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A throttled wake and how often the other side was woken. */
function scene() {
  let woken = 0;
  const wake = {
    wake: async () => {
      woken += 1;
    },
  };
  return { throttled: new ThrottledWake(wake, WINDOW_MS), woken: () => woken };
}

test("the first question is asked at once", () => {
  const { throttled, woken } = scene();
  expect(woken()).toBe(0);
  throttled.ask();
  expect(woken()).toBe(1);
});

test("what is asked within a window is asked once, at its end", () => {
  const { throttled, woken } = scene();
  throttled.ask();
  for (let n = 0; n < 5; n += 1) throttled.ask();
  vi.advanceTimersByTime(WINDOW_MS - 1);
  expect(woken()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(woken()).toBe(2);
});

test("the repeat opens a window too: never more than one in a window", () => {
  const { throttled, woken } = scene();
  throttled.ask();
  throttled.ask();
  vi.advanceTimersByTime(WINDOW_MS);
  throttled.ask();
  expect(woken()).toBe(2);
  vi.advanceTimersByTime(WINDOW_MS);
  expect(woken()).toBe(3);
});

test("a window in which nobody asked ends quietly, and the next question is asked at once", () => {
  const { throttled, woken } = scene();
  throttled.ask();
  vi.advanceTimersByTime(10 * WINDOW_MS);
  expect(woken()).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
  throttled.ask();
  expect(woken()).toBe(2);
});
