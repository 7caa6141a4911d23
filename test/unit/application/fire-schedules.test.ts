import { expect, test } from "vitest";
import { fireSchedules } from "#core/application/fire-schedules.ts";
import { wakeForSchedules } from "#core/application/wake-for-schedules.ts";
import { limits } from "#core/domain/limits.ts";
import type { ControlStore, RequestedStop } from "#core/ports/control-store.ts";
import type {
  NewFiring,
  ScheduleChange,
  ScheduleStore,
  ScheduleToFire,
} from "#core/ports/schedule-store.ts";
import type { TemplateView } from "#core/ports/template-store.ts";
import { aSpec } from "../../support/factories.ts";
import { aSchedule } from "../../support/schedule-factories.ts";
import { aParameter, aTemplate } from "../../support/template-factories.ts";
import { NOW } from "../domain/make.ts";
import { makeDeps } from "./make.ts";

const DUE = Math.floor(NOW / 60_000) * 60_000;
const template: TemplateView = {
  ...aTemplate({ id: "t", name: "report", parameters: [aParameter({ required: true })] }),
  ...{ status: "Active", version: 4, newestVersion: 4, createdAt: 0, versionAt: 0, updatedAt: 0 },
};
const due = (given: Partial<ScheduleToFire> = {}): ScheduleToFire => ({
  ...aSchedule("t", { id: "s", name: "nightly", parameters: { REGION: "eu" }, nextFireAt: DUE }),
  ...{ version: 7, enabled: true, disabledReason: null, misfires: 0, failuresSince: 0 },
  ...{ templateName: "report", templateStatus: "Active", openRuns: [], consecutiveFailures: 0 },
  ...{ lastAt: null, lastResult: null, lastMessage: null, lastRun: null },
  ...{ createdAt: 0, updatedAt: 0, now: DUE + 5000 },
  ...given,
});

async function pass(schedules: readonly ScheduleToFire[], given: Partial<TemplateView> = {}) {
  const firings: NewFiring[] = [];
  const changes: ScheduleChange[] = [];
  const stopped: string[] = [];
  const waits = { reason: "Queued", workerId: null } as const;
  const stored = { createdAt: NOW, notBefore: NOW, deadlineAt: NOW, ...waits };
  const deps = makeDeps({
    templates: { template: async () => ({ ...template, ...given }) },
    schedules: {
      dueSchedules: async () => [...schedules],
      fire: async (firing) => {
        firings.push(firing);
        return { id: firing.run.id, stored, full: false, poked: true, number: 1 };
      },
      changeSchedule: async (change) => {
        changes.push(change);
        return true;
      },
    },
    store: {
      requestStops: async (stops): Promise<RequestedStop[]> => {
        stopped.push(...stops.map(({ runId }) => runId));
        return [];
      },
    } satisfies Partial<ControlStore>,
  });
  return { moved: await fireSchedules(deps), firings, changes, stopped, deps };
}

test("a time that has come makes its run of the newest version, and the next time", async () => {
  const { moved, firings, changes } = await pass([due({ secrets: {} })]);
  expect([moved, changes]).toEqual([1, []]);
  expect(firings).toMatchObject([
    {
      ...{ scheduleId: "s", version: 7, scheduledFor: DUE, nextFireAt: DUE + 60_000 },
      run: {
        ...{ templateId: "t", templateVersion: 4, parameters: { REGION: "eu" } },
        ...{ idempotencyKey: null, submittedBy: "schedule nightly" },
      },
    },
  ]);
});

test("what the template takes no more is a failure that is seen, and the clock goes on", async () => {
  const { firings, changes } = await pass([due({ parameters: {}, misfires: 1 })]);
  expect(firings).toEqual([]);
  expect(changes).toMatchObject([
    {
      ...{ version: 7, lastResult: "Failed", lastAt: DUE, misfires: 2, audit: null },
      ...{ lastMessage: "parameters.REGION is required", nextFireAt: DUE + 60_000, enabled: true },
    },
  ]);
});

test("what no machine could run is a failure; a secret is never shown", async () => {
  const spec = aSpec({ nodeSelector: { zone: "none" } });
  expect((await pass([due()], { spec })).changes).toMatchObject([{ lastResult: "Failed" }]);
  const secrets = { REGION: "s3cret" };
  const { changes, firings } = await pass([due({ parameters: {}, secrets })]);
  expect([changes[0]?.lastResult, firings]).toEqual(["Failed", []]);
  expect(JSON.stringify(changes)).not.toContain("s3cret");
});

test("a failure of one schedule keeps no other from its time", async () => {
  const { moved, firings, deps } = await pass([
    due({ id: "broken", openRuns: null as never, overlap: "Replace" }),
    due(),
  ]);
  expect([moved, firings.length]).toEqual([1, 1]);
  expect(deps.log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
});

test("a schedule whose time zone is gone, or that failed too often, is paused and says why", async () => {
  const gone = due({ timezone: "Mars/Olympus" });
  const failing = { pauseOnFailure: true, maxConsecutiveFailures: 2, consecutiveFailures: 2 };
  const { changes, firings } = await pass([gone, due(failing)]);
  expect(firings).toEqual([]);
  expect(changes).toMatchObject([
    { enabled: false, nextFireAt: null, disabledReason: expect.stringContaining("timezone") },
    { enabled: false, nextFireAt: null, disabledReason: expect.stringContaining("2 failures") },
  ]);
});

test("a template that is not Active is skipped, and runs are replaced or left alone", async () => {
  const openRuns = ["r1"];
  const { changes, stopped, firings } = await pass([
    due({ templateStatus: "Archived" }),
    due({ openRuns, overlap: "Forbid" }),
    due({ openRuns, overlap: "Replace" }),
  ]);
  expect(changes.map(({ lastResult }) => lastResult)).toEqual(["TemplateNotActive", "Overlapped"]);
  expect([stopped, firings.length]).toEqual([["r1"], 1]);
});

test.each([
  [null, []],
  [0, [0]],
  [30_000, [30_000]],
  [limits.tickPeriodMs, []],
])("due in %s ms, the tick asks for a look after %j", async (dueInMs, expected) => {
  const wakes: (number | undefined)[] = [];
  const schedules: Pick<ScheduleStore, "nextDueInMs"> = { nextDueInMs: async () => dueInMs };
  await wakeForSchedules({ schedules, wake: { wake: async (ms) => void wakes.push(ms) } });
  expect(wakes).toEqual(expected);
});
