import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { COUNTERS, GAUGES, HISTOGRAMS, type Telemetry } from "#core/ports/telemetry.ts";

const LABELS: Readonly<Record<string, readonly string[]>> = {
  runs_submitted_total: ["outcome"],
  schedules_due_total: ["result"],
  runs_finished_total: ["phase", "reason"],
  attempts_ended_total: ["phase"],
  results_total: ["verdict"],
  stale_writes_total: ["statement"],
  workers_created_total: ["profile"],
  workers_ended_total: ["reason"],
  launches_total: ["outcome"],
  machines_stopped_total: ["cause"],
  tokens_refused_total: ["cause"],
  calls_refused_total: ["door", "cause"],
  deprecated_calls_total: ["method"],
  batch_items: ["statement"],
  workers: ["phase"],
};

const BUCKETS: Readonly<Record<string, number[]>> = {
  run_wait_seconds: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200],
  run_duration_seconds: [0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 43200],
  reconcile_duration_seconds: [0.01, 0.05, 0.1, 0.5, 1, 5, 20],
  batch_items: [1, 2, 5, 10, 25, 50, 100, 250, 500],
};

/** Prometheus metrics of one process, prefix `hodei_`; `text()` is the body of `/metrics`. */
export function createPrometheusTelemetry(): Telemetry & {
  text(): Promise<string>;
  contentType: string;
} {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const common = (name: string, help: string) => ({
    name: `hodei_${name}`,
    help,
    labelNames: LABELS[name] ?? [],
    registers: [registry],
  });
  const build = <M>(
    catalogue: Readonly<Record<string, string>>,
    make: (name: string, help: string) => M,
  ) => new Map(Object.entries(catalogue).map(([name, help]) => [name, make(name, help)]));
  const counters = build(COUNTERS, (name, help) => new Counter(common(name, help)));
  const gauges = build(GAUGES, (name, help) => new Gauge(common(name, help)));
  const histograms = build(
    HISTOGRAMS,
    (name, help) =>
      new Histogram({ ...common(name, help), buckets: BUCKETS[name] ?? [1, 10, 100] }),
  );
  return {
    count: (name, labels = {}, by = 1) => counters.get(name)?.inc({ ...labels }, by),
    observe: (name, value, labels = {}) => histograms.get(name)?.observe({ ...labels }, value),
    gauge: (name, value, labels = {}) => gauges.get(name)?.set({ ...labels }, value),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
