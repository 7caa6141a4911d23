import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "#core/domain/job-run/backoff.ts";
import { limits } from "#core/domain/limits.ts";
import { launchRetryMs, restAfterFailuresMs } from "#core/domain/reconcile/launch-retry.ts";
import { specDefaults } from "#core/domain/spec/defaults.ts";

const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const failureCounts = fc.integer({ min: 1, max: 2000 });
const backoffs = fc
  .record({
    initialSeconds: fc.integer({ min: 0, max: 5000 }),
    factor: fc.double({ min: 1, max: 100, noNaN: true }),
    beyond: fc.integer({ min: 0, max: 100_000 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ beyond, ...rest }) => ({ ...rest, maxSeconds: rest.initialSeconds + beyond }));

describe("the wait after a charged failure", () => {
  const steady = { ...specDefaults.backoff, jitter: 0 };

  it.each([
    [1, 10],
    [2, 20],
    [3, 40],
    [4, 80],
    [5, 160],
    [6, 320],
    [7, 360],
    [8, 360],
    [1001, 360],
  ])("no. %i is %i s by default, as in Kubernetes", (failures, seconds) => {
    expect(backoffMs(steady, failures, 0.5)).toBe(seconds * 1000);
  });

  it("is never above the cap and never negative, whatever is drawn", () => {
    fc.assert(
      fc.property(backoffs, failureCounts, draws, (backoff, failures, draw) => {
        const wait = backoffMs(backoff, failures, draw);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(backoff.maxSeconds * 1000);
      }),
    );
  });

  it("rises with the failures up to the cap", () => {
    fc.assert(
      fc.property(backoffs, failureCounts, draws, (backoff, failures, draw) => {
        expect(backoffMs(backoff, failures + 1, draw)).toBeGreaterThanOrEqual(
          backoffMs(backoff, failures, draw),
        );
      }),
    );
  });

  it("is spread by the jitter around the steady wait, and no further", () => {
    fc.assert(
      fc.property(backoffs, failureCounts, draws, (backoff, failures, draw) => {
        const middle = backoffMs({ ...backoff, jitter: 0 }, failures, draw);
        const wait = backoffMs(backoff, failures, draw);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(middle * (1 - backoff.jitter)) - 1);
        expect(wait).toBeLessThanOrEqual(Math.ceil(middle * (1 + backoff.jitter)) + 1);
      }),
    );
  });

  it("uses the whole spread: the smallest draw is the low end, the largest the high end", () => {
    const backoff = { ...specDefaults.backoff, jitter: 0.5 };
    expect(backoffMs(backoff, 1, 0)).toBe(5_000);
    expect(backoffMs(backoff, 1, 0.5)).toBe(10_000);
    expect(backoffMs(backoff, 1, 1)).toBe(15_000);
  });
});

describe("the wait before a launch is repeated", () => {
  const counts = fc.integer({ min: 0, max: 1000 });

  it("lies in the upper half of the doubling step, and under its cap", () => {
    fc.assert(
      fc.property(counts, draws, (failures, draw) => {
        const step = Math.min(
          limits.launchRetryInitialMs * 2 ** Math.min(failures, 30),
          limits.launchRetryMaxMs,
        );
        const wait = launchRetryMs(failures, draw);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(step / 2));
        expect(wait).toBeLessThanOrEqual(step);
      }),
    );
  });

  it("rises with the failures, and spreads many rows apart", () => {
    fc.assert(
      fc.property(counts, draws, (failures, draw) => {
        expect(launchRetryMs(failures + 1, draw)).toBeGreaterThanOrEqual(
          launchRetryMs(failures, draw),
        );
      }),
    );
    expect(launchRetryMs(10, 0.9)).toBeGreaterThan(launchRetryMs(10, 0.1));
  });
});

describe("the rest of a profile whose machines fail", () => {
  it.each([
    [0, 0],
    [1, 0],
    [2, 2_000],
    [3, 4_000],
    [6, 32_000],
    [7, 60_000],
    [500, 60_000],
  ])("after %i failures in a row is %i ms", (failures, ms) => {
    expect(restAfterFailuresMs(failures)).toBe(ms);
  });

  it("is over before the failures are forgotten, so that it can grow", () => {
    expect(limits.launchRetryMaxMs).toBeLessThan(limits.failingProfileWindowMs);
  });
});
