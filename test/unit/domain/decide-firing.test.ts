import { describe, expect, test } from "vitest";
import { type DueSchedule, decideFiring } from "#core/domain/schedule/decide-firing.ts";
import { fireTimes } from "#core/domain/schedule/fire-times.ts";

const DUE = Date.UTC(2026, 0, 5, 10);
const MINUTE = 60_000;
const schedule = (given: Partial<DueSchedule> = {}): DueSchedule => ({
  ...{ description: "", cron: "*/10 * * * *", timezone: "UTC", parameters: {}, overlap: "Allow" },
  ...{ catchUpSeconds: 3600, maxConsecutiveFailures: 0, pauseOnFailure: false },
  ...{ nextFireAt: DUE, templateStatus: "Active", openRuns: [], consecutiveFailures: 0 },
  ...given,
});
const decide = (given: Partial<DueSchedule> = {}, lateMs = 5000) => {
  const due = schedule(given);
  return decideFiring(due, fireTimes(due.cron, due.timezone), DUE + lateMs);
};

describe("a schedule that is due", () => {
  test("fires for its time, and is due again at the next", () => {
    expect(decide()).toEqual({
      ...{ kind: "fire", scheduledFor: DUE, next: DUE + 10 * MINUTE, stop: [], message: null },
    });
  });

  test("fires once for the newest of the times that passed", () => {
    expect(decide({}, 35 * MINUTE)).toEqual({
      ...{ kind: "fire", scheduledFor: DUE + 30 * MINUTE, next: DUE + 40 * MINUTE, stop: [] },
      message: "earlier times since 2026-01-05T10:00:00.000Z were missed",
    });
  });

  test.each([
    [3600_000, "fire"],
    [3600_001, "skip"],
  ])("%i ms late with a window of an hour: %s", (lateMs, kind) => {
    expect(decide({ cron: "0 10 * * *" }, lateMs)).toMatchObject({ kind });
  });

  test("misses its time when nobody looked for too long, and goes on with the next", () => {
    const next = DUE + 24 * 3600_000;
    expect(decide({ cron: "0 10 * * *" }, 2 * 3600_000)).toMatchObject({
      ...{ kind: "skip", result: "Missed", next },
    });
  });

  test("goes on after any number of times that were missed", () => {
    const years = 5 * 365 * 24 * 3600_000;
    expect(decide({ cron: "* * * * *" }, years)).toMatchObject({
      ...{ kind: "fire", scheduledFor: DUE + years, next: DUE + years + MINUTE },
    });
  });

  test.each(["Disabled", "Archived"] as const)(
    "makes no run of a template that is %s",
    (status) => {
      expect(decide({ templateStatus: status })).toMatchObject({
        ...{ kind: "skip", result: "TemplateNotActive", next: DUE + 10 * MINUTE },
      });
    },
  );

  test("does by its overlap policy while a run of it is not over", () => {
    const openRuns = ["r1", "r2"];
    expect(decide({ openRuns })).toMatchObject({ kind: "fire", stop: [] });
    expect(decide({ openRuns, overlap: "Replace" })).toMatchObject({
      kind: "fire",
      stop: openRuns,
    });
    expect(decide({ openRuns, overlap: "Forbid" })).toMatchObject({
      ...{ kind: "skip", result: "Overlapped", message: "run r1 is not over" },
    });
    expect(decide({ overlap: "Forbid" })).toMatchObject({ kind: "fire" });
  });

  test.each([
    [true, 3, 2, "fire"],
    [true, 3, 3, "pause"],
    [false, 3, 9, "fire"],
    [true, 0, 9, "fire"],
  ])("pauses %s after %i failures, of which there are %i: %s", (pauseOnFailure, max, is, kind) => {
    const given = { pauseOnFailure, maxConsecutiveFailures: max, consecutiveFailures: is };
    expect(decide(given)).toMatchObject({ kind });
  });
});
