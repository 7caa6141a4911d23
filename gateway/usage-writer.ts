import { limits } from "#core/domain/limits.ts";
import type { Log } from "#core/ports/log.ts";
import type { UsageSpan, UsageStore } from "#core/ports/usage-store.ts";
import { Pass } from "./pass.ts";
import type { UsageReport, UsageReports } from "./usage-reports.ts";

/**
 * Puts the reports about attempts together and writes them now and then, so that others than this gateway
 * can say what a run used. What an idle worker reports is not written. A write that fails is part of the
 * next; where too many executions wait for it, new ones are left out.
 */
export class UsageWriter {
  readonly #store: Pick<UsageStore, "addUsage">;
  readonly #pass: Pass;
  #gathered = new Map<string, UsageSpan>();

  constructor(store: Pick<UsageStore, "addUsage">, reports: UsageReports, log: Log) {
    this.#store = store;
    this.#pass = new Pass("write usage", () => this.#write(), log);
    reports.follow((report) => this.#add(report));
  }

  start(): void {
    this.#pass.start(limits.usageWritePeriodMs);
  }

  /** Writes what is there, or fails to: resolves either way. */
  flush(): Promise<void> {
    return this.#pass.next();
  }

  /** Writes what is there and no more after it. */
  async stop(): Promise<void> {
    await this.flush();
    await this.#pass.stop();
  }

  #add(report: UsageReport): void {
    const { executionId, fence } = report;
    if (executionId === null || fence === null) return;
    const before = this.#gathered.get(executionId);
    if (!before && this.#gathered.size >= limits.usageSpansWaitingMax) return;
    const span = spanOf({ ...report, executionId, fence });
    this.#gathered.set(executionId, before ? joined(before, span) : span);
  }

  async #write(): Promise<void> {
    const gathered = this.#gathered;
    this.#gathered = new Map();
    const { batchItemsMax } = limits;
    try {
      while (gathered.size > 0) {
        const part = [...gathered.values()].slice(0, batchItemsMax);
        await this.#store.addUsage(part);
        for (const { executionId } of part) gathered.delete(executionId);
      }
    } catch (error) {
      for (const [id, newer] of this.#gathered) {
        const older = gathered.get(id);
        gathered.set(id, older ? joined(older, newer) : newer);
      }
      this.#gathered = gathered;
      throw error;
    }
  }
}

function spanOf(
  report: UsageReport & { readonly executionId: string; readonly fence: number },
): UsageSpan {
  const { executionId, fence, workerId, at, cpuPercent, memoryBytes, diskBytes, custom } = report;
  return {
    ...{ executionId, fence, workerId, firstAt: at, lastAt: at, reports: 1 },
    ...{ cpuSum: cpuPercent, cpuMax: cpuPercent, memorySum: memoryBytes, memoryMax: memoryBytes },
    ...{ memoryTotal: report.memoryTotalBytes, diskMax: diskBytes, custom: finite(custom) },
  };
}

/** JSON has no other numbers. */
const finite = (custom: UsageSpan["custom"]): UsageSpan["custom"] =>
  Object.fromEntries(Object.entries(custom).filter(([, value]) => Number.isFinite(value)));

const joined = (older: UsageSpan, newer: UsageSpan): UsageSpan => ({
  ...newer,
  firstAt: older.firstAt,
  reports: older.reports + newer.reports,
  cpuSum: older.cpuSum + newer.cpuSum,
  cpuMax: Math.max(older.cpuMax, newer.cpuMax),
  memorySum: older.memorySum + newer.memorySum,
  memoryMax: Math.max(older.memoryMax, newer.memoryMax),
  diskMax: Math.max(older.diskMax, newer.diskMax),
});
