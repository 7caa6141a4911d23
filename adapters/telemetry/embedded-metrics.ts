import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { MetricLabels, Telemetry } from "#core/ports/telemetry.ts";

/**
 * The dimension `service` of what an alarm looks at: an alarm of CloudWatch names every dimension with
 * its value, can sum only ten metrics, and may not search.
 */
const ALL_SERVICES = "all";

const unitOf = (name: string) =>
  name.endsWith("_seconds") ? MetricUnit.Seconds : MetricUnit.Count;

/**
 * CloudWatch embedded metrics: measurements gathered until `flush` leave as structured lines, so a
 * process needs no metrics call of its own. Counters, and gauges without labels, leave twice: under
 * the service, with their labels, and under `service` = `all`, without, for alarms.
 */
export function createEmbeddedTelemetry(
  namespace: string,
  service: string,
): Telemetry & {
  flush(): void;
} {
  const own = new Metrics({ namespace, serviceName: service });
  const all = new Metrics({ namespace, serviceName: ALL_SERVICES });
  const add = (name: string, value: number, labels: MetricLabels) => {
    const dimensions = Object.entries(labels);
    if (dimensions.length === 0) {
      own.addMetric(name, unitOf(name), value);
      return;
    }
    const single = own.singleMetric();
    for (const [label, text] of dimensions) single.addDimension(label, text === "" ? "none" : text);
    single.addMetric(name, unitOf(name), value);
  };
  return {
    count: (name, labels = {}, by = 1) => {
      add(name, by, labels);
      all.addMetric(name, MetricUnit.Count, by);
    },
    observe: (name, value, labels = {}) => add(name, value, labels),
    gauge: (name, value, labels = {}) => {
      add(name, value, labels);
      if (Object.keys(labels).length === 0) all.addMetric(name, unitOf(name), value);
    },
    flush: () => {
      for (const metrics of [own, all])
        if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}
