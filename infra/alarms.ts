import { database } from "./database.ts";
import { migration } from "./migrations.ts";
import { reconcileFunctions } from "./reconcile.ts";
import { alarmEmail, isProduction, metricsNamespace, prefix } from "./stage.ts";
import { deadLetters, wakeQueue } from "./wake-queue.ts";

/** docs/operate/alarms.md says what to do for each; a test compares the names. */
const topic = new aws.sns.Topic("Alarms", { name: `${prefix}-alarms` });
if (alarmEmail)
  new aws.sns.TopicSubscription("AlarmsByEmail", {
    topic: topic.arn,
    protocol: "email",
    endpoint: alarmEmail,
  });

type MetricAlarm = Partial<aws.cloudwatch.MetricAlarmArgs> & {
  readonly comparisonOperator: "GreaterThanThreshold" | "LessThanThreshold";
  readonly threshold: number;
  readonly evaluationPeriods: number;
};

/** One alarm. What sends nothing is well, unless the alarm says otherwise. */
const alarm = (name: string, args: MetricAlarm) =>
  new aws.cloudwatch.MetricAlarm(
    name,
    {
      name: `${prefix}-${name}`,
      treatMissingData: "notBreaching",
      ...args,
      alarmActions: [topic.arn],
      okActions: [topic.arn],
    },
    { dependsOn: [migration] },
  );

const aMinute = (
  namespace: string,
  metricName: string,
  dimensions: Record<string, $util.Input<string>>,
) => ({
  namespace,
  metricName,
  dimensions,
  period: 60,
});

/** One of our own metrics, added up over everything of the stage that sends it. */
const ours = (metricName: string) => aMinute(metricsNamespace, metricName, { service: "all" });

const queueOf = (queue: sst.aws.Queue) => ({ QueueName: queue.nodes.queue.name });
const databaseOf = { DBClusterIdentifier: database.id };

alarm("DeadLetters", {
  ...aMinute("AWS/SQS", "ApproximateNumberOfMessagesVisible", queueOf(deadLetters)),
  ...{ statistic: "Maximum", comparisonOperator: "GreaterThanThreshold" },
  ...{ threshold: 0, evaluationPeriods: 1 },
});

alarm("WakeQueueAge", {
  ...aMinute("AWS/SQS", "ApproximateAgeOfOldestMessage", queueOf(wakeQueue)),
  ...{ statistic: "Maximum", comparisonOperator: "GreaterThanThreshold" },
  ...{ threshold: 120, evaluationPeriods: 3 },
});

alarm("ReconcileLag", {
  ...ours("reconcile_lag_seconds"),
  ...{ statistic: "Maximum", comparisonOperator: "GreaterThanThreshold" },
  ...{ threshold: 300, evaluationPeriods: 5 },
});

alarm("TickStopped", {
  ...aMinute("AWS/Lambda", "Invocations", { FunctionName: reconcileFunctions.tick.name }),
  ...{ statistic: "Sum", comparisonOperator: "LessThanThreshold" },
  ...{ threshold: 1, evaluationPeriods: 5, treatMissingData: "breaching" },
});

alarm("TickFails", {
  ...aMinute("AWS/Lambda", "Errors", { FunctionName: reconcileFunctions.tick.name }),
  ...{ statistic: "Sum", comparisonOperator: "GreaterThanThreshold" },
  ...{ threshold: 0, evaluationPeriods: 3 },
});

alarm("WorkersLost", {
  ...ours("workers_lost_total"),
  ...{ statistic: "Sum", comparisonOperator: "GreaterThanThreshold" },
  ...{ period: 300, threshold: 5, evaluationPeriods: 1 },
});

alarm("LaunchesFail", {
  ...ours("launches_failed_total"),
  ...{ statistic: "Sum", comparisonOperator: "GreaterThanThreshold" },
  ...{ period: 300, threshold: 10, evaluationPeriods: 2 },
});

alarm("DatabaseFull", {
  ...aMinute("AWS/RDS", "ACUUtilization", databaseOf),
  ...{ statistic: "Average", comparisonOperator: "GreaterThanThreshold" },
  ...{ threshold: 90, evaluationPeriods: 10 },
});

if (isProduction)
  alarm("GatewaysFew", {
    ...aMinute(metricsNamespace, "streams_open", { service: "gateway" }),
    ...{ statistic: "SampleCount", comparisonOperator: "LessThanThreshold" },
    ...{ threshold: 1, evaluationPeriods: 3, treatMissingData: "breaching" },
  });
