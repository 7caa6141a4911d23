import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkTimings, DEFAULT_TIMINGS, type Timings } from "#core/domain/timings.ts";

describe("timings", () => {
  it("are sound by default", () => {
    expect(checkTimings(DEFAULT_TIMINGS)).toEqual([]);
  });

  it.each([
    ["a lease of two heartbeats", { leaseMs: 29_999 }, "leaseMs >= 3 × heartbeatPeriodMs"],
    ["an attempt lost before its lease", { reportedLimitMs: 44_999 }, "reportedLimitMs >= leaseMs"],
    ["a floor shorter than a lease", { leaseFloorMs: 44_999 }, "leaseFloorMs >= leaseMs"],
  ] satisfies [string, Partial<Timings>, string][])("refuse %s", (_name, change, rule) => {
    expect(checkTimings({ ...DEFAULT_TIMINGS, ...change })).toEqual([rule]);
  });

  it("stay sound when all of them are shortened by one factor", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (divisor) => {
        const shortened = Object.fromEntries(
          Object.entries(DEFAULT_TIMINGS).map(([name, ms]) => [name, ms / divisor]),
        ) as unknown as Timings;
        expect(checkTimings(shortened)).toEqual([]);
      }),
    );
  });

  it("name every broken rule at once", () => {
    const broken = { ...DEFAULT_TIMINGS, leaseMs: 1, leaseFloorMs: 0 };
    expect(checkTimings(broken)).toHaveLength(2);
  });
});
