import { expect, it } from "vitest";
import { type UsageReport, UsageReports } from "../../../gateway/usage-reports.ts";

const report = (workerId: string, at: number, change: Partial<UsageReport> = {}): UsageReport => ({
  ...{ workerId, at, executionId: null, fence: null, runId: null, cpuPercent: 1 },
  ...{ memoryBytes: 1, memoryTotalBytes: 2, diskBytes: 0, custom: {} },
  ...change,
});
const always = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
const timesOf = (reports: UsageReports, workerId: string) =>
  reports.find({ ...always, workerId, executionId: null }).map(({ at }) => at);

it("reports are found by worker, by execution and by time, both ends included", () => {
  const reports = new UsageReports();
  for (const at of [1, 2, 3, 4]) reports.add(report("a", at, { executionId: `e${at % 2}` }));
  reports.add(report("b", 2));
  expect(timesOf(reports, "a")).toEqual([1, 2, 3, 4]);
  expect(reports.find({ workerId: "a", executionId: "e1", from: 2, to: 3 })).toHaveLength(1);
  expect(reports.find({ ...always, workerId: null, executionId: "e0" })).toHaveLength(2);
  expect(reports.newest("a")?.at).toBe(4);
  expect(reports.newest("c")).toBeUndefined();
  expect(reports.newestOfAll().map(({ at }) => at)).toEqual([4, 2]);
});

it("a worker keeps its newest; beyond the bound of all, the longest silent one loses its oldest", () => {
  const reports = new UsageReports({ perWorker: 3, all: 5 });
  for (const at of [1, 2, 3, 4]) reports.add(report("a", at));
  expect(timesOf(reports, "a")).toEqual([2, 3, 4]);
  for (const at of [5, 6, 7]) reports.add(report("b", at));
  expect(timesOf(reports, "a")).toEqual([3, 4]);
  for (const worker of ["c", "d", "e"]) reports.add(report(worker, 8));
  expect(timesOf(reports, "a")).toEqual([]);
  expect(timesOf(reports, "b")).toEqual([6, 7]);
});

it("a follower hears each report until it stops", () => {
  const reports = new UsageReports();
  const heard: number[] = [];
  const stop = reports.follow(({ at }) => heard.push(at));
  reports.add(report("a", 1));
  stop();
  reports.add(report("a", 2));
  expect(heard).toEqual([1]);
});
