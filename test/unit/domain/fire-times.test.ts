import { describe, expect, test } from "vitest";
import { type FireTimes, fireTimes, newestDue } from "#core/domain/schedule/fire-times.ts";
import { zoneClock } from "#core/domain/schedule/zone-clock.ts";
import { refusal } from "../../support/refusal.ts";

const first = (times: FireTimes, after: string, count: number): string[] => {
  const found: string[] = [];
  let at: number | null = Date.parse(after);
  for (let n = 0; n < count && at !== null; n += 1) {
    at = times.next(at);
    if (at !== null) found.push(new Date(at).toISOString().replace(":00.000Z", "Z"));
  }
  return found;
};

const MADRID = "Europe/Madrid";
const NEW_YORK = "America/New_York";

describe("clocks that are put forward", () => {
  test.each([
    ["30 2 * * *", MADRID, "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]],
    ["0,30 2 * * *", MADRID, "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:00Z"]],
    ["*/15 2 * * *", MADRID, "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:00Z"]],
    ["30 2,3 * * *", MADRID, "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-29T01:30Z"]],
    ["0 3 * * *", MADRID, "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T01:00Z"]],
    ["0 2,3 * * *", MADRID, "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:00Z"]],
    ["30 2 * * *", NEW_YORK, "2026-03-07T12:00Z", ["2026-03-08T07:00Z", "2026-03-09T06:30Z"]],
    ["@daily", "Africa/Cairo", "2026-04-23T12:00Z", ["2026-04-23T22:00Z", "2026-04-24T21:00Z"]],
    ["30 * * * *", MADRID, "2026-03-29T00:00Z", ["2026-03-29T00:30Z", "2026-03-29T01:30Z"]],
    ["*/30 */1 * * *", NEW_YORK, "2026-03-08T06:00Z", ["2026-03-08T06:30Z", "2026-03-08T07:00Z"]],
  ])("%s in %s after %s", (cron, zone, after, expected) => {
    expect(first(fireTimes(cron, zone), after, 2)).toEqual(expected);
  });
});

describe("clocks that are put back", () => {
  test.each([
    ["30 2 * * *", MADRID, "2026-10-24T12:00Z", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]],
    ["30 1 * * *", NEW_YORK, "2026-10-31T12:00Z", ["2026-11-01T05:30Z", "2026-11-02T06:30Z"]],
    ["30 1 * * *", NEW_YORK, "2026-11-01T05:45Z", ["2026-11-02T06:30Z", "2026-11-03T06:30Z"]],
    ["30 1 * * *", NEW_YORK, "2026-11-01T06:15Z", ["2026-11-02T06:30Z", "2026-11-03T06:30Z"]],
    ["0,30 2 * * *", MADRID, "2026-10-25T00:00Z", ["2026-10-25T00:30Z", "2026-10-26T01:00Z"]],
    ["0 * * * *", MADRID, "2026-10-25T00:00Z", ["2026-10-25T01:00Z", "2026-10-25T02:00Z"]],
    ["@hourly", NEW_YORK, "2026-11-01T05:00Z", ["2026-11-01T06:00Z", "2026-11-01T07:00Z"]],
  ])("%s in %s after %s", (cron, zone, after, expected) => {
    expect(first(fireTimes(cron, zone), after, 2)).toEqual(expected);
  });
});

test.each([
  ["0 0 * * 7", "2026-01-01T00:00Z", "2026-01-04T00:00Z"],
  ["0 0 * * MON#1", "2026-01-01T00:00Z", "2026-01-05T00:00Z"],
  ["0 0 L * *", "2026-01-01T00:00Z", "2026-01-31T00:00Z"],
  ["0 12 1 JAN,JUL *", "2026-02-01T00:00Z", "2026-07-01T12:00Z"],
  ["0 0 13 * FRI", "2026-01-01T00:00Z", "2026-01-02T00:00Z"],
  ["0 0 29 2 *", "2026-01-01T00:00Z", "2028-02-29T00:00Z"],
])("%s after %s is %s", (cron, after, expected) => {
  expect(first(fireTimes(cron, "UTC"), after, 1)).toEqual([expected]);
});

test("what no calendar has is never due", () => {
  expect(fireTimes("0 0 30 2 *", MADRID).next(0)).toBeNull();
  expect(newestDue(fireTimes("0 0 30 2 *", "UTC"), 5, 9)).toBe(5);
});

test.each([
  ["* * * *", "UTC", "cron"],
  ["0 * * * * *", "UTC", "cron"],
  ["60 * * * *", "UTC", "cron"],
  ["5-3 * * * *", "UTC", "cron"],
  ["H * * * *", "UTC", "cron"],
  ["0 0 ? * 1", "UTC", "cron"],
  ["0 0 * * +MON", "UTC", "cron"],
  ["@reboot", "UTC", "cron"],
  ["", "UTC", "cron"],
  [`${"1,".repeat(200)}1 * * * *`, "UTC", "cron"],
  ["* * * * *", "Mars/Olympus", "timezone"],
  ["* * * * *", "+02:00", "timezone"],
  ["* * * * *", "", "timezone"],
])("%s in %s is refused by its path", async (cron, zone, path) => {
  const refused = await refusal(Promise.resolve().then(() => fireTimes(cron, zone)));
  expect(refused).toMatchObject({ code: "InvalidSpec", fields: [{ path }] });
});

test("a clock knows what it never shows, and what it shows twice", () => {
  const clock = zoneClock(MADRID);
  const shown = (text: string) => new Date(clock?.instantOf(Date.parse(text)) ?? 0).toISOString();
  expect(shown("2026-03-29T02:30Z")).toBe("2026-03-29T01:00:00.000Z");
  expect(shown("2026-10-25T02:30Z")).toBe("2026-10-25T00:30:00.000Z");
  expect(shown("2026-07-01T12:00Z")).toBe("2026-07-01T10:00:00.000Z");
});
