import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Fence } from "../../../worker/fence.ts";

const LEASE = 45_000;
const TRUST = 40_000;
let now = 0;
let fenced: number[] = [];
let fence: Fence;

beforeEach(() => {
  vi.useFakeTimers();
  now = 0;
  fenced = [];
  fence = new Fence({ marginMs: 5_000, now: () => now, onFenced: () => fenced.push(now) });
});
afterEach(() => {
  vi.useRealTimers();
});

function pass(ms: number): void {
  now += ms;
  vi.advanceTimersByTime(ms);
}

test("fences when the trust is over, once", () => {
  fence.renew(0, LEASE);
  pass(TRUST - 1);
  expect(fenced).toEqual([]);
  pass(1);
  pass(TRUST);
  expect(fenced).toEqual([TRUST]);
});

test("trust is counted from the sending, however late the answer is", () => {
  fence.renew(0, LEASE);
  pass(30_000);
  fence.renew(10_000, LEASE);
  pass(10_000 + TRUST - 30_000 - 1);
  expect(fenced).toEqual([]);
  pass(1);
  expect(fenced).toEqual([10_000 + TRUST]);
});

test("an answer to an older heartbeat takes no trust away", () => {
  fence.renew(10_000, LEASE);
  fence.renew(0, LEASE);
  pass(TRUST + 9_999);
  expect(fenced).toEqual([]);
});

test("after a freeze the first question fences, before any timer ran", () => {
  fence.renew(0, LEASE);
  now += TRUST; // the clock went on, timers did not
  expect(fence.isOver()).toBe(true);
  expect(fenced).toEqual([TRUST]);
});

test("trust that is over does not come back with an answer that lay in a buffer", () => {
  fence.renew(0, LEASE);
  now += TRUST + 20_000;
  fence.renew(now - 1, LEASE);
  expect(fenced).toHaveLength(1);
  expect(fence.isOver()).toBe(true);
});

test("a worker that leaves in order is not fenced any more", () => {
  fence.renew(0, LEASE);
  fence.stop();
  pass(2 * TRUST);
  expect([fence.isOver(), fenced]).toEqual([false, []]);
});
