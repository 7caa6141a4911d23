import { limits } from "#core/domain/limits.ts";

/** What a worker said of its machine, once. null = it did not say. */
export interface UsageReport {
  readonly workerId: string;
  /** Epoch ms, by this gateway's clock. */
  readonly at: number;
  /** The execution it held then. */
  readonly executionId: string | null;
  /** Of its attempt. */
  readonly fence: number | null;
  readonly runId: string | null;
  /** Of all cores, 100 = all of them busy. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  /** Of the machine; 0 = unknown. */
  readonly memoryTotalBytes: number;
  readonly diskBytes: number;
  readonly custom: Readonly<Record<string, number>>;
}

export interface UsageQuestion {
  readonly workerId: string | null;
  readonly executionId: string | null;
  /** Epoch ms, both ends included. */
  readonly from: number;
  readonly to: number;
}

/** How many reports are kept. */
export interface UsageBounds {
  readonly perWorker: number;
  readonly all: number;
}

const BOUNDS = { perWorker: limits.usageReportsPerWorkerMax, all: limits.usageReportsMax };

/**
 * The newest reports of the workers whose streams this gateway holds or held, since it started. In
 * memory only and bounded: what a machine used a while ago decides nothing. When there are too many,
 * the worker that was silent for longest loses its oldest.
 */
export class UsageReports {
  /** The worker that reported longest ago first; reports of each in order. */
  readonly #byWorker = new Map<string, UsageReport[]>();
  readonly #listeners = new Set<(report: UsageReport) => void>();
  readonly #bounds: UsageBounds;
  #count = 0;

  constructor(bounds: UsageBounds = BOUNDS) {
    this.#bounds = bounds;
  }

  add(report: UsageReport): void {
    const reports = this.#byWorker.get(report.workerId) ?? [];
    this.#byWorker.delete(report.workerId);
    this.#byWorker.set(report.workerId, reports);
    reports.push(report);
    this.#count += 1;
    if (reports.length > this.#bounds.perWorker) this.#forgetFirst(report.workerId, reports);
    const [silent] = this.#byWorker;
    if (this.#count > this.#bounds.all && silent) this.#forgetFirst(...silent);
    for (const listen of this.#listeners) listen(report);
  }

  /** The newest report of this worker. */
  newest(workerId: string): UsageReport | undefined {
    return this.#byWorker.get(workerId)?.at(-1);
  }

  /** The newest report of every worker. */
  newestOfAll(): UsageReport[] {
    return [...this.#byWorker.values()].flatMap((reports) => reports.at(-1) ?? []);
  }

  /** In order of time. */
  find({ workerId, executionId, from, to }: UsageQuestion): UsageReport[] {
    const of = workerId === null ? [...this.#byWorker.values()] : [this.#byWorker.get(workerId)];
    return of
      .flatMap((reports) => reports ?? [])
      .filter((report) => executionId === null || report.executionId === executionId)
      .filter(({ at }) => at >= from && at <= to)
      .sort((a, b) => a.at - b.at);
  }

  /** Calls back for each report from now on, until the answer is called. */
  follow(listen: (report: UsageReport) => void): () => void {
    this.#listeners.add(listen);
    return () => void this.#listeners.delete(listen);
  }

  #forgetFirst(workerId: string, reports: UsageReport[]): void {
    reports.shift();
    this.#count -= 1;
    if (reports.length === 0) this.#byWorker.delete(workerId);
  }
}
