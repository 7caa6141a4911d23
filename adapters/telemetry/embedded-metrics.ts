import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { MetricLabels, Telemetry } from "#core/ports/telemetry.ts";

/**
 * CloudWatch embedded metrics: measurements gathered during an invocation leave as one structured
 * line per set of labels at `flush`, so a Lambda function needs no metrics call of its own.
 */
export function createEmbeddedTelemetry(
  namespace: string,
  service: string,
): Telemetry & {
  flush(): void;
} {
  const metrics = new Metrics({ namespace, serviceName: service });
  const add = (
    name: string,
    unit: (typeof MetricUnit)[keyof typeof MetricUnit],
    value: number,
    labels: MetricLabels,
  ) => {
    const dimensions = Object.entries(labels);
    if (dimensions.length === 0) {
      metrics.addMetric(name, unit, value);
      return;
    }
    const single = metrics.singleMetric();
    for (const [label, text] of dimensions) single.addDimension(label, text === "" ? "none" : text);
    single.addMetric(name, unit, value);
  };
  return {
    count: (name, labels = {}, by = 1) => add(name, MetricUnit.Count, by, labels),
    observe: (name, value, labels = {}) =>
      add(name, name.endsWith("_seconds") ? MetricUnit.Seconds : MetricUnit.Count, value, labels),
    gauge: (name, value, labels = {}) =>
      add(name, name.endsWith("_seconds") ? MetricUnit.Seconds : MetricUnit.Count, value, labels),
    flush: () => {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}
