import { beforeEach, describe, expect, it } from "vitest";
import { limits } from "#core/domain/limits.ts";
import type { UsageSpan } from "#core/ports/usage-store.ts";
import { type UsageReport, UsageReports } from "../../../gateway/usage-reports.ts";
import { UsageWriter } from "../../../gateway/usage-writer.ts";
import { recordingLog } from "../../support/fakes/recorders.ts";

const report = (at: number, change: Partial<UsageReport> = {}): UsageReport => ({
  ...{ workerId: "w", at, executionId: "e", fence: 2, runId: "r", cpuPercent: at },
  ...{ memoryBytes: 10 * at, memoryTotalBytes: 1000, diskBytes: 5, custom: {} },
  ...change,
});

let written: (readonly UsageSpan[])[];
let failures: number;
let reports: UsageReports;
let writer: UsageWriter;
beforeEach(() => {
  written = [];
  failures = 0;
  reports = new UsageReports();
  const addUsage = async (spans: readonly UsageSpan[]) => {
    if (failures-- > 0) throw new Error("no database");
    written.push(spans);
  };
  writer = new UsageWriter({ addUsage }, reports, recordingLog());
});
const executions = () => written.map((spans) => spans.map(({ executionId }) => executionId));

describe("the writer of usage", () => {
  it("puts the reports of an execution together", async () => {
    reports.add(report(3, { custom: { queue: 1 } }));
    reports.add(report(1, { at: 4, custom: { queue: Number.NaN, depth: 2 } }));
    await writer.flush();
    expect(written).toEqual([
      [
        {
          ...{ executionId: "e", fence: 2, workerId: "w", firstAt: 3, lastAt: 4, reports: 2 },
          ...{ cpuSum: 4, cpuMax: 3, memorySum: 40, memoryMax: 30, memoryTotal: 1000 },
          ...{ diskMax: 5, custom: { depth: 2 } },
        },
      ],
    ]);
  });

  it("leaves out what an idle worker says, and writes nothing where there is nothing", async () => {
    reports.add(report(1, { executionId: null, fence: null }));
    await writer.flush();
    expect(written).toEqual([]);
  });

  it("writes what failed with the next, once", async () => {
    failures = 1;
    reports.add(report(1));
    await writer.flush();
    reports.add(report(2));
    reports.add(report(3, { executionId: "f" }));
    await writer.flush();
    await writer.flush();
    expect(written).toMatchObject([[{ executionId: "e", firstAt: 1, lastAt: 2, reports: 2 }, {}]]);
    expect(executions()).toEqual([["e", "f"]]);
  });

  it("writes many in parts, and keeps only those of a part that failed", async () => {
    const count = limits.batchItemsMax + 1;
    for (let n = 0; n < count; n += 1) reports.add(report(1, { executionId: `e${n}` }));
    await writer.flush();
    expect(written.map(({ length }) => length)).toEqual([limits.batchItemsMax, 1]);
  });

  it("waits for no more executions than it may", async () => {
    failures = 1;
    const count = limits.usageSpansWaitingMax + 1;
    for (let n = 0; n < count; n += 1) reports.add(report(1, { executionId: `e${n}` }));
    reports.add(report(2, { executionId: "e0" }));
    await writer.flush();
    await writer.stop();
    expect(written.flat()).toHaveLength(limits.usageSpansWaitingMax);
    expect(written[0]?.[0]).toMatchObject({ executionId: "e0", reports: 2 });
  });
});
