/**
 * The metrics of the platform, one catalogue for every exporter (Prometheus at the gateway,
 * CloudWatch embedded metrics from Lambda). Units are in the names; `docs/reference/metrics.md`
 * lists them, a house test compares.
 */
export const COUNTERS = {
  runs_submitted_total: "Runs stored, by whether they were new (created) or known (repeated).",
  runs_finished_total: "Runs that became final, by phase and reason.",
  schedules_due_total: "Times at which a schedule was due or triggered, by what came of it.",
  attempts_started_total: "Attempts whose accept was committed.",
  attempts_ended_total: "Attempts ended, by phase.",
  results_total: "Results that workers reported, by verdict.",
  stale_writes_total: "Guarded writes that found a row moved on, by statement.",
  workers_created_total: "Workers rows written, by profile.",
  workers_ended_total: "Workers sent away, by reason.",
  workers_lost_total:
    "Workers whose lease ran out or whose machine vanished while they held a run.",
  launches_total: "Launch calls to the provider, by outcome.",
  launches_failed_total: "Launch calls that launched nothing, whatever their outcome was.",
  machines_stopped_total: "Stop calls to the provider, by cause.",
  log_chunks_total: "Output chunks stored.",
  tokens_refused_total: "Registrations refused, by cause.",
  calls_refused_total:
    "Calls that were not let in, by door (http, grpc) and cause: what is wrong with the key, scope, rate.",
  deprecated_calls_total: "Calls of gRPC methods that may go, by method.",
} as const;
export const HISTOGRAMS = {
  run_wait_seconds: "Submit to start of user code.",
  run_duration_seconds: "Start of user code to the recorded end.",
  reconcile_duration_seconds: "One reconcile pass.",
  batch_items: "Items in one gathered statement, by statement.",
} as const;
export const GAUGES = {
  runs_pending: "Runs waiting and due, at the last look (counted up to a bound).",
  workers: "Workers by phase, at the last look.",
  streams_open: "Worker streams open at this gateway.",
  reconcile_lag_seconds: "Age of the oldest due run at the last look.",
} as const;

export type CounterName = keyof typeof COUNTERS;
export type HistogramName = keyof typeof HISTOGRAMS;
export type GaugeName = keyof typeof GAUGES;
export type MetricLabels = Readonly<Record<string, string>>;

/** Where measurements go. Never throws, never waits. */
export interface Telemetry {
  count(name: CounterName, labels?: MetricLabels, by?: number): void;
  observe(name: HistogramName, value: number, labels?: MetricLabels): void;
  gauge(name: GaugeName, value: number, labels?: MetricLabels): void;
}

export const NO_TELEMETRY: Telemetry = { count() {}, observe() {}, gauge() {} };
