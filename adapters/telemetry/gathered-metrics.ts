import type {
  CounterName,
  GaugeName,
  HistogramName,
  MetricLabels,
  Telemetry,
} from "#core/ports/telemetry.ts";
import { createEmbeddedTelemetry } from "./embedded-metrics.ts";

/** Bound of CloudWatch for the values of one metric in one line. */
const SAMPLE_MAX = 100;

interface Sample {
  readonly values: number[];
  seen: number;
}

/**
 * CloudWatch embedded metrics of a process that lives long: a line for each measurement would cost more
 * than what is measured. Between two calls of `flush` counters are summed, of gauges the last value is
 * kept, of histograms a fair sample: its percentiles are right, its number of values is not. What was
 * not measured since is not printed again.
 */
export function createGatheredTelemetry(
  namespace: string,
  service: string,
  random: () => number = Math.random,
): Telemetry & { flush(): void } {
  const embedded = createEmbeddedTelemetry(namespace, service);
  const counters = new PerSeries<CounterName, { sum: number }>(() => ({ sum: 0 }));
  const gauges = new PerSeries<GaugeName, { value: number }>(() => ({ value: 0 }));
  const histograms = new PerSeries<HistogramName, Sample>(() => ({ values: [], seen: 0 }));
  return {
    count: (name, labels = {}, by = 1) => {
      counters.of(name, labels).sum += by;
    },
    gauge: (name, value, labels = {}) => {
      gauges.of(name, labels).value = value;
    },
    observe: (name, value, labels = {}) => keep(histograms.of(name, labels), value, random),
    flush: () => {
      for (const { name, labels, kept } of counters.taken()) embedded.count(name, labels, kept.sum);
      for (const { name, labels, kept } of gauges.taken()) embedded.gauge(name, kept.value, labels);
      for (const { name, labels, kept } of histograms.taken())
        for (const value of kept.values) embedded.observe(name, value, labels);
      embedded.flush();
    },
  };
}

/** Every value seen has the same chance to be among those that are kept (reservoir sampling). */
function keep(sample: Sample, value: number, random: () => number): void {
  sample.seen++;
  if (sample.values.length < SAMPLE_MAX) {
    sample.values.push(value);
    return;
  }
  const place = Math.floor(random() * sample.seen);
  if (place < SAMPLE_MAX) sample.values[place] = value;
}

interface Series<Name, Kept> {
  readonly name: Name;
  readonly labels: MetricLabels;
  readonly kept: Kept;
}

/** What is kept of each name with each set of labels. */
class PerSeries<Name extends string, Kept> {
  readonly #begin: () => Kept;
  #series = new Map<string, Series<Name, Kept>>();

  constructor(begin: () => Kept) {
    this.#begin = begin;
  }

  of(name: Name, labels: MetricLabels): Kept {
    const key = JSON.stringify([name, labels]);
    let series = this.#series.get(key);
    if (!series) {
      series = { name, labels, kept: this.#begin() };
      this.#series.set(key, series);
    }
    return series.kept;
  }

  taken(): readonly Series<Name, Kept>[] {
    const all = [...this.#series.values()];
    this.#series = new Map();
    return all;
  }
}
