import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fireTimes, newestDue } from "#core/domain/schedule/fire-times.ts";
import { zoneClock } from "#core/domain/schedule/zone-clock.ts";

const MINUTE = 60_000;
const zones = fc.constantFrom("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "UTC");
const minutes = fc.constantFrom("*", "0", "30", "*/20", "5,50");
const hours = fc.constantFrom("*", "*/3", "0", "1", "2", "1-3", "2,14");
const days = fc.constantFrom("* * *", "1 * *", "* * SUN", "* 3,10,11 *");
const crons = fc.tuple(minutes, hours, days).map((fields) => fields.join(" "));
/** Often near the nights in which clocks change. */
const instants = fc
  .tuple(
    fc.constantFrom(
      "2026-03-08",
      "2026-03-29",
      "2026-04-05",
      "2026-10-04",
      "2026-10-25",
      "2026-11-01",
    ),
    fc.integer({ min: -30 * 3600_000, max: 30 * 3600_000 }),
  )
  .map(([day, shift]) => Date.parse(`${day}T02:00Z`) + shift);

describe("the times of an expression", () => {
  it("are later each time, and none is left out between", () => {
    fc.assert(
      fc.property(
        crons,
        zones,
        instants,
        fc.integer({ min: 0, max: 1000 }),
        (cron, zone, at, by) => {
          const times = fireTimes(cron, zone);
          const next = times.next(at) ?? Infinity;
          expect(next).toBeGreaterThan(at);
          const between = at + Math.floor(((next - at - 1) * by) / 1000);
          expect(times.next(between)).toBe(next);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("are what the zone's clocks show, or the instant that they skip a time", () => {
    fc.assert(
      fc.property(crons, zones, instants, (cron, zone, at) => {
        const next = fireTimes(cron, zone).next(at) ?? 0;
        const wallAt = (ms: number) => zoneClock(zone)?.wallAt(ms) ?? 0;
        const wall = wallAt(next);
        const isShown = fireTimes(cron, "UTC").next(wall - 1) === wall;
        expect(isShown || wall - wallAt(next - 1) > 1).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("are jumped to as if one had counted them all", () => {
    const spans = fc.integer({ min: 0, max: 3 * 24 * 3600_000 });
    fc.assert(
      fc.property(crons, zones, instants, spans, (cron, zone, at, span) => {
        const times = fireTimes(cron, zone);
        const due = times.next(at) ?? 0;
        let counted = due;
        for (let next = times.next(due); next !== null && next <= due + span; )
          [counted, next] = [next, times.next(next)];
        expect(newestDue(times, due, due + span)).toBe(counted);
      }),
      { numRuns: 60 },
    );
  });

  it("of every hour are no more than time is, and no hour is left out", () => {
    fc.assert(
      fc.property(
        zones.filter((zone) => zone !== "Australia/Lord_Howe"),
        instants,
        (zone, at) => {
          const next = fireTimes("0 * * * *", zone).next(at) ?? 0;
          expect(next % (60 * MINUTE)).toBe(0);
          expect(next - at).toBeLessThanOrEqual(60 * MINUTE);
        },
      ),
    );
  });
});

it("a year of minutes that were missed is jumped in forty questions", () => {
  const times = fireTimes("* * * * *", "UTC");
  let asked = 0;
  const counting = {
    next: (ms: number) => {
      asked += 1;
      return times.next(ms);
    },
  };
  const year = 365 * 24 * 3600_000;
  expect(newestDue(counting, 0, year + 1)).toBe(year);
  expect(asked).toBeLessThanOrEqual(40);
});
