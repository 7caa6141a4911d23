import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startTimer } from "../../../worker/long-timer.ts";

const DAY_MS = 24 * 3600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([0, 1_000, 24 * DAY_MS, 30 * DAY_MS, 90 * DAY_MS])(
  "fires once after %i ms",
  (delayMs) => {
    const action = vi.fn();
    startTimer(delayMs, action);
    if (delayMs > 0) vi.advanceTimersByTime(delayMs - 1);
    expect(action).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(action).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(2 * delayMs);
    expect(action).toHaveBeenCalledTimes(1);
  },
);

test("can be called off, also after it was armed again", () => {
  const action = vi.fn();
  const cancel = startTimer(30 * DAY_MS, action);
  vi.advanceTimersByTime(29 * DAY_MS);
  cancel();
  vi.advanceTimersByTime(30 * DAY_MS);
  expect(action).not.toHaveBeenCalled();
});
