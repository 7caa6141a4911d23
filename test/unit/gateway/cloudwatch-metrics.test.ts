import { afterEach, expect, it, vi } from "vitest";
import { createEmbeddedTelemetry } from "#adapters/telemetry/embedded-metrics.ts";
import { createGatheredTelemetry } from "#adapters/telemetry/gathered-metrics.ts";

interface Line {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly { Namespace: string; Dimensions: string[][] }[];
  };
  readonly [name: string]: unknown;
}

/** What is printed meanwhile, one object a line. */
function printed(act: () => void): Line[] {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  act();
  write.mockRestore();
  return lines.map((line) => JSON.parse(line));
}

/** A line without its frame: dimensions and values. */
const contents = ({ _aws, ...rest }: Line) => rest;

afterEach(() => void vi.restoreAllMocks());

it("sums counters, keeps the last of a gauge, and begins anew after each flush", () => {
  const telemetry = createGatheredTelemetry("Hodei/test", "gateway");
  telemetry.count("log_chunks_total", {}, 2);
  telemetry.count("log_chunks_total", {}, 3);
  telemetry.gauge("streams_open", 7);
  telemetry.gauge("streams_open", 4);
  const lines = printed(() => telemetry.flush());
  expect(lines.map(contents)).toEqual([
    { service: "gateway", log_chunks_total: 5, streams_open: 4 },
    { service: "all", log_chunks_total: 5, streams_open: 4 },
  ]);
  expect(lines[0]?._aws.CloudWatchMetrics).toMatchObject([
    { Namespace: "Hodei/test", Dimensions: [["service"]] },
  ]);
  telemetry.count("log_chunks_total");
  expect(printed(() => telemetry.flush()).map(contents)).toEqual([
    { service: "gateway", log_chunks_total: 1 },
    { service: "all", log_chunks_total: 1 },
  ]);
  expect(printed(() => telemetry.flush())).toEqual([]);
});

it("has each set of labels by itself, and their sum where an alarm finds it without knowing one", () => {
  const telemetry = createGatheredTelemetry("Hodei", "gateway");
  telemetry.count("launches_total", { outcome: "throttled" }, 2);
  telemetry.count("launches_total", { outcome: "launched" });
  telemetry.count("launches_total", { outcome: "throttled" });
  const lines = printed(() => telemetry.flush()).map(contents);
  expect(lines).toEqual([
    { service: "gateway", outcome: "throttled", launches_total: 3 },
    { service: "gateway", outcome: "launched", launches_total: 1 },
    { service: "all", launches_total: [3, 1] }, // CloudWatch adds them up
  ]);
});

it("keeps at most 100 values of a histogram, each with the same chance", () => {
  const telemetry = createGatheredTelemetry("Hodei", "gateway", () => 0.005);
  for (let value = 1; value <= 150; value++) telemetry.observe("run_wait_seconds", value);
  const [line, ...more] = printed(() => telemetry.flush());
  expect(more).toEqual([]);
  const values = line?.run_wait_seconds as number[];
  expect(values).toHaveLength(100);
  expect(values.slice(0, 2)).toEqual([150, 2]); // the place that this chance names was taken over
});

it("labels gauges only under their service: a sum over phases would be no gauge of anything", () => {
  const telemetry = createEmbeddedTelemetry("Hodei", "tick");
  const lines = printed(() => {
    telemetry.gauge("workers", 3, { phase: "Ready" });
    telemetry.gauge("reconcile_lag_seconds", 12);
    telemetry.count("workers_lost_total");
    telemetry.flush();
  });
  expect(lines.map(contents)).toEqual([
    { service: "tick", phase: "Ready", workers: 3 },
    { service: "tick", reconcile_lag_seconds: 12, workers_lost_total: 1 },
    { service: "all", reconcile_lag_seconds: 12, workers_lost_total: 1 },
  ]);
});
