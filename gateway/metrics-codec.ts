import type { AggregatedMetrics, RealTimeMetrics } from "#proto/hodei/metrics.ts";
import type { ResourceUsage, ResourceUsageMessage } from "#proto/hodei.ts";
import type { Session } from "./session.ts";
import type { UsageReport } from "./usage-reports.ts";
import { boundedText, invalidField } from "./wire-values.ts";

const MIB = 1024 * 1024;
const CPU_PERCENT_MAX = 10_000; // whoever is busier has another idea of 100
const CUSTOM_MAX = 16;
const CUSTOM_NAME_CHARS_MAX = 64;

export const METRIC_TYPES = ["cpu", "memory", "disk", "network", "custom"] as const;
export type MetricType = (typeof METRIC_TYPES)[number];

/** Some of the known types; none named = all. Throws InvalidRequest for another. */
export function metricTypes(named: readonly string[]): ReadonlySet<MetricType> {
  const isKnown = (name: string): name is MetricType => METRIC_TYPES.some((type) => type === name);
  const types = named.map((name, at) => {
    if (isKnown(name)) return name;
    throw invalidField(`metric_types[${at}]`, "is unknown", METRIC_TYPES.join(", "));
  });
  return new Set(types.length === 0 ? METRIC_TYPES : types);
}

type About = Pick<
  UsageReport,
  "workerId" | "at" | "executionId" | "fence" | "runId" | "memoryTotalBytes"
>;

const about = ({ workerId, offer, current }: Session, at: number): About => ({
  ...{ workerId, at },
  executionId: current?.executionId ?? null,
  fence: current?.fence ?? null,
  runId: current?.runId ?? null,
  memoryTotalBytes: offer.memoryMib * MIB,
});

/** A heartbeat's usage: its busy cores as a share of what the worker offers. */
export function heartbeatUsage(usage: ResourceUsage, session: Session, at: number): UsageReport {
  const cores = session.offer.cpuMillis / 1000;
  const custom = Object.entries(usage.customUsage).slice(0, CUSTOM_MAX);
  return {
    ...about(session, at),
    cpuPercent: percent(share(usage.cpuCores, cores)),
    memoryBytes: bytes(usage.memoryBytes),
    diskBytes: bytes(usage.diskBytes),
    custom: Object.fromEntries(
      custom.map(([name, value]) => [boundedText(name, CUSTOM_NAME_CHARS_MAX), value]),
    ),
  };
}

/** A `stats` message of the original's workers. */
export function statsUsage(
  { cpuPercent, memoryBytes, diskBytes }: ResourceUsageMessage,
  session: Session,
  at: number,
): UsageReport {
  return {
    ...about(session, at),
    ...{ cpuPercent: percent(cpuPercent), custom: {} },
    ...{ memoryBytes: bytes(memoryBytes), diskBytes: bytes(diskBytes) },
  };
}

/** Sums of these are written for many workers at once, and none of them may be beyond a number. */
const percent = (value: number): number =>
  Number.isFinite(value) ? Math.min(Math.max(0, value), CPU_PERCENT_MAX) : 0;
const bytes = (value: number): number => Math.max(0, value);
const share = (part: number, whole: number): number => (whole > 0 ? (100 * part) / whole : 0);

/** The parts of these types; what no worker reports (load, the network) is left unset. */
export function realTimeMetrics(
  report: UsageReport,
  types: ReadonlySet<MetricType>,
): RealTimeMetrics {
  const { memoryBytes: used, memoryTotalBytes: total, diskBytes, custom } = report;
  const disk = {
    ...{ totalBytes: 0, usedBytes: diskBytes, availableBytes: 0, usagePercent: 0, mountPoint: "" },
  };
  return {
    workerId: { value: report.workerId },
    cpu: types.has("cpu")
      ? {
          usagePercent: report.cpuPercent,
          ...{ loadAverage1min: 0, loadAverage5min: 0, loadAverage15min: 0 },
        }
      : undefined,
    memory: types.has("memory")
      ? {
          ...{ totalBytes: total, usedBytes: used, usagePercent: share(used, total) },
          availableBytes: Math.max(0, total - used),
        }
      : undefined,
    disk: types.has("disk") && diskBytes > 0 ? [disk] : [],
    network: undefined,
    custom: types.has("custom")
      ? Object.entries(custom).map(([name, value]) => ({ name, value: String(value), unit: "" }))
      : [],
    timestamp: new Date(report.at),
  };
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of at least one report, in order of time. */
export function aggregatedMetrics(reports: readonly UsageReport[]): AggregatedMetrics {
  const [first, last] = [reports[0], reports.at(-1)];
  const same = <K extends "workerId" | "executionId" | "runId">(key: K) => {
    const value = first?.[key] ?? null;
    return value !== null && reports.every((report) => report[key] === value)
      ? { value }
      : undefined;
  };
  const cpu = reports.map(({ cpuPercent }) => cpuPercent);
  const memory = reports.map(({ memoryBytes }) => memoryBytes);
  return {
    ...{ workerId: same("workerId"), executionId: same("executionId"), jobId: same("runId") },
    windowStart: first && new Date(first.at),
    windowEnd: last && new Date(last.at),
    avgCpuUsage: average(cpu),
    maxCpuUsage: Math.max(...cpu),
    avgMemoryUsage: average(memory),
    maxMemoryUsage: Math.max(...memory),
    ...{ totalNetworkSent: 0, totalNetworkReceived: 0 },
  };
}
