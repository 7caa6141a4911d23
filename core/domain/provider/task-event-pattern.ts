/** An EventBridge event pattern: a field is let through when it is one of the listed values. */
export interface EventPattern {
  readonly source: readonly string[];
  readonly "detail-type": readonly string[];
  readonly detail: Readonly<Record<string, readonly string[]>>;
}

/**
 * The rule that feeds `functions/consumers/ecs-task-changed.ts`: a task of this cluster has stopped.
 * `clusterArn` is the full ARN, as the events carry it. Every other change shows by itself, because
 * the worker speaks.
 */
export const taskEventPattern = (clusterArn: string): EventPattern => ({
  source: ["aws.ecs"],
  "detail-type": ["ECS Task State Change"],
  detail: { clusterArn: [clusterArn], lastStatus: ["STOPPED"] },
});
