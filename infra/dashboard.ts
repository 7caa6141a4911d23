import { database } from "./database.ts";
import { metricsNamespace, prefix } from "./stage.ts";
import { deadLetters, wakeQueue } from "./wake-queue.ts";

const region = aws.getRegionOutput().region;

type Series = [string, string, ...(string | object)[]];
const ours = (metric: string, stat: string): Series => [
  metricsNamespace,
  metric,
  "service",
  "all",
  { stat, label: metric },
];

const WIDTH = 12;
const HEIGHT = 6;

/** Charts, two in a row, each an hour at a minute a point. */
const charts = (all: Record<string, $util.Input<Series>[]>) =>
  Object.entries(all).map(([title, metrics], n) => ({
    type: "metric",
    ...{ x: (n % 2) * WIDTH, y: Math.floor(n / 2) * HEIGHT, width: WIDTH, height: HEIGHT },
    properties: { region, title, metrics, period: 60, view: "timeSeries" },
  }));

const queue = (metric: string, of: sst.aws.Queue) =>
  of.nodes.queue.name.apply((name): Series => ["AWS/SQS", metric, "QueueName", name]);
const cluster = (metric: string) =>
  database.id.apply((id): Series => ["AWS/RDS", metric, "DBClusterIdentifier", id]);

new aws.cloudwatch.Dashboard("Dashboard", {
  dashboardName: prefix,
  dashboardBody: $jsonStringify({
    widgets: charts({
      "Runs waiting": [ours("runs_pending", "Maximum")],
      "Age of the oldest due run, seconds": [ours("reconcile_lag_seconds", "Maximum")],
      "Streams of workers": [ours("streams_open", "Sum")],
      "Workers started and lost": [
        ours("launches_total", "Sum"),
        ours("launches_failed_total", "Sum"),
        ours("workers_lost_total", "Sum"),
      ],
      "Wake queue": [
        queue("ApproximateAgeOfOldestMessage", wakeQueue),
        queue("ApproximateNumberOfMessagesVisible", deadLetters),
      ],
      Database: [
        cluster("ServerlessDatabaseCapacity"),
        cluster("ACUUtilization"),
        cluster("DatabaseConnections"),
      ],
    }),
  }),
});
