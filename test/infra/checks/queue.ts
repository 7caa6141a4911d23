import { taskEventPattern } from "../../../core/domain/provider/task-event-pattern.ts";
import { type Check, differences, unless } from "./check.ts";

const DAY_SECONDS = 24 * 3600;

export const wakesAreNotLost: Check = {
  name: "wakes that fail five times are kept for two weeks, and a batch fails one by one",
  problems({ graph }) {
    const queue = graph.one("aws:sqs/queue:Queue", "WakeQueue").inputs;
    const dead = graph.one("aws:sqs/queue:Queue", "DeadLetters");
    const redrive = JSON.parse(queue.redrivePolicy ?? "{}");
    const mapping = graph.one("aws:lambda/eventSourceMapping:EventSourceMapping").inputs;
    return [
      ...unless(redrive.deadLetterTargetArn === dead.made.arn, "no queue for dead letters"),
      ...unless(redrive.maxReceiveCount === 5, `tried ${redrive.maxReceiveCount} times`),
      ...differences("dead letters", dead.inputs, {
        ...{ messageRetentionSeconds: 14 * DAY_SECONDS, sqsManagedSseEnabled: true },
      }),
      ...differences("wake queue", queue, { sqsManagedSseEnabled: true }),
      ...differences("subscription", mapping, {
        functionResponseTypes: ["ReportBatchItemFailures"],
        scalingConfig: { maximumConcurrency: 2 },
      }),
    ];
  },
};

export const stoppedWorkersAreHeardOf: Check = {
  name: "tasks of this cluster that stopped go to their function, which EventBridge may call",
  problems({ graph }) {
    const cluster = graph.one("aws:ecs/cluster:Cluster").made.arn;
    const rule = graph.one("aws:cloudwatch/eventRule:EventRule");
    const target = graph.one("aws:cloudwatch/eventTarget:EventTarget").inputs;
    const consumer = graph.one("aws:lambda/function:Function", "TaskChangedFunction");
    const permission = graph.one("aws:lambda/permission:Permission", "TaskStopped").inputs;
    return [
      ...unless(
        rule.inputs.eventPattern === JSON.stringify(taskEventPattern(cluster)),
        `the rule matches ${rule.inputs.eventPattern}`,
      ),
      ...unless(target.arn === consumer.made.arn, "they go elsewhere"),
      ...differences("permission", permission, {
        principal: "events.amazonaws.com",
        sourceArn: rule.made.arn,
      }),
    ];
  },
};
