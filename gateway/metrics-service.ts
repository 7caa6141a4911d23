import { DomainError } from "#core/domain/errors.ts";
import type {
  MetricsQuery,
  MetricsServiceServer,
  MetricsStreamRequest,
  MetricsStreamResponse,
} from "#proto/hodei/metrics.ts";
import type { Hub } from "./hub.ts";
import {
  aggregatedMetrics,
  type MetricType,
  metricTypes,
  realTimeMetrics,
} from "./metrics-codec.ts";
import { type Listener, serverStream } from "./server-stream.ts";
import { unary } from "./unary.ts";
import type { UsageQuestion, UsageReport, UsageReports } from "./usage-reports.ts";
import { invalidField, requiredUuid } from "./wire-values.ts";

const METHODS = ["streamMetrics", "getAggregatedMetrics", "getTimeSeriesMetrics"] as const;

/** MetricsService: what the workers of this gateway's streams reported, since it started. */
export function metricsService(hub: Hub): Pick<MetricsServiceServer, (typeof METHODS)[number]> {
  const { log } = hub.deps;
  return {
    streamMetrics: serverStream(hub, (listener) => streamMetrics(hub, listener)),
    getAggregatedMetrics: unary(log, async (query) => {
      const { reports } = ask(hub.usage, query);
      if (reports.length === 0)
        throw new DomainError("WorkerNotFound", "this gateway has no report of it in that time");
      return aggregatedMetrics(reports);
    }),
    getTimeSeriesMetrics: unary(log, async (query) => {
      const { question, reports, types } = ask(hub.usage, query);
      const { workerId } = question;
      if (workerId !== null) requireKnown(hub, workerId);
      const dataPoints = reports.map((report) => realTimeMetrics(report, types));
      return {
        workerId: workerId === null ? dataPoints[0]?.workerId : { value: workerId },
        fromTimestamp: query.fromTimestamp ?? dataPoints[0]?.timestamp,
        toTimestamp: query.toTimestamp ?? dataPoints.at(-1)?.timestamp,
        dataPoints,
      };
    }),
  };
}

function ask(usage: UsageReports, query: MetricsQuery) {
  const { workerId, executionId, fromTimestamp, toTimestamp } = query;
  if (!workerId && !executionId) throw invalidField("worker_id", "is required", "or execution_id");
  const question: UsageQuestion = {
    workerId: workerId ? requiredUuid(workerId.value, "worker_id") : null,
    executionId: executionId ? requiredUuid(executionId.value, "execution_id") : null,
    from: boundMs(fromTimestamp, "from_timestamp") ?? Number.NEGATIVE_INFINITY,
    to: boundMs(toTimestamp, "to_timestamp") ?? Number.POSITIVE_INFINITY,
  };
  if (question.from > question.to)
    throw invalidField("to_timestamp", "is before from_timestamp", "at or after from_timestamp");
  return { question, types: metricTypes(query.metricTypes), reports: usage.find(question) };
}

/** Epoch ms; null = not said. Throws InvalidRequest for an instant that no clock can show. */
function boundMs(at: Date | undefined, path: string): number | null {
  if (at === undefined) return null;
  const ms = at.getTime();
  if (Number.isNaN(ms))
    throw invalidField(path, "is no instant", "an instant that a clock can show");
  return ms;
}

function requireKnown(hub: Hub, workerId: string): void {
  if (!hub.usage.newest(workerId) && !hub.sessions.get(workerId))
    throw new DomainError("WorkerNotFound", `worker ${workerId} is not known at this gateway`);
}

/**
 * A listener who reads slowly gets the newest of each worker, not all of them: nobody waits for
 * metrics of the past.
 */
async function streamMetrics(
  hub: Hub,
  listener: Listener<MetricsStreamRequest, MetricsStreamResponse>,
): Promise<void> {
  const { workerId: named, metricTypes: types, interval } = listener.request;
  const workerId = named ? requiredUuid(named.value, "worker_id") : null;
  const wanted = metricTypes(types);
  const intervalMs = interval ? 1000 * interval.seconds + interval.nanos / 1e6 : 0;
  if (intervalMs < 0) throw invalidField("interval", "is negative", "0 or more");
  if (workerId !== null) requireKnown(hub, workerId);
  const due = new DueReports(intervalMs);
  const known = workerId === null ? hub.usage.newestOfAll() : [hub.usage.newest(workerId)];
  for (const report of known) if (report) due.take(report);
  const unfollow = hub.usage.follow((report) => {
    if (workerId === null || report.workerId === workerId) due.take(report);
  });
  listener.signal.addEventListener("abort", () => due.wake());
  try {
    for (;;) {
      for (const report of due.drain()) await listener.send(streamed(report, wanted));
      listener.signal.throwIfAborted();
      await due.any();
    }
  } finally {
    unfollow();
  }
}

const streamed = (report: UsageReport, types: ReadonlySet<MetricType>): MetricsStreamResponse => ({
  metrics: realTimeMetrics(report, types),
  streamTimestamp: new Date(),
});

/** Reports to be sent, one for each worker; those that come too early after one are left out. */
class DueReports {
  readonly #intervalMs: number;
  readonly #due = new Map<string, UsageReport>();
  readonly #takenAt = new Map<string, number>();
  #arrival = Promise.withResolvers<void>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  take(report: UsageReport): void {
    const { workerId, at } = report;
    const before = this.#takenAt.get(workerId) ?? Number.NEGATIVE_INFINITY;
    if (at - before < this.#intervalMs) return;
    this.#takenAt.set(workerId, at);
    this.#due.set(workerId, report);
    this.wake();
  }

  wake(): void {
    this.#arrival.resolve();
  }

  /** Resolves when there may be something to send. */
  async any(): Promise<void> {
    if (this.#due.size === 0) await this.#arrival.promise;
    this.#arrival = Promise.withResolvers<void>();
  }

  drain(): UsageReport[] {
    const reports = [...this.#due.values()];
    this.#due.clear();
    return reports;
  }
}
