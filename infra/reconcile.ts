import { limits } from "../core/domain/limits.ts";
import { taskEventPattern } from "../core/domain/provider/task-event-pattern.ts";
import { database, functionsDatabaseSecret } from "./database.ts";
import { reconcileEnvironment } from "./environment.ts";
import { gateway } from "./gateway.ts";
import {
  queryDatabase,
  readSecret,
  receiveWakes,
  runWorkers,
  switchGateways,
  wakeReconciler,
} from "./grants.ts";
import { lambdaFunction } from "./lambda-function.ts";
import { migration } from "./migrations.ts";
import { cluster } from "./network.ts";
import { bootstrapKeys } from "./secrets.ts";
import { sleeps } from "./stage.ts";
import { wakeQueue } from "./wake-queue.ts";
import { workerArns } from "./worker.ts";

type Text = $util.Input<string>;

/** What a function needs that looks at rows and machines, and does what follows. */
const reconciles = {
  timeoutSeconds: limits.reconcileTimeoutSeconds,
  environment: {
    ...reconcileEnvironment,
    ...(sleeps && { HODEI_ECS_GATEWAY_SERVICE: gateway.nodes.service.name }),
  },
  grants: [
    ...queryDatabase<Text>(database.clusterArn, functionsDatabaseSecret.arn),
    ...readSecret<Text>(bootstrapKeys.arn, "Derives the one-shot token of each worker it starts."),
    ...wakeReconciler<Text>(wakeQueue.arn),
    ...runWorkers<Text>(workerArns),
    ...(sleeps ? switchGateways<Text>(gateway.nodes.service.id) : []),
  ],
  dependsOn: [migration],
};

const tick = lambdaFunction("Tick", {
  ...reconciles,
  handler: "functions/reconcile/tick.handler",
  concurrency: 1,
});

/** The net below every hint. A tick that is missed is made good by the next, so none is repeated. */
new sst.aws.CronV2("TickSchedule", {
  schedule: "rate(1 minute)",
  function: tick.arn,
  retries: 0,
});

const sweep = lambdaFunction("Sweep", {
  ...reconciles,
  handler: "functions/maintenance/sweep.handler",
  concurrency: 1,
});

new sst.aws.CronV2("SweepSchedule", {
  schedule: `rate(${limits.sweepPeriodMs / 60_000} minutes)`,
  function: sweep.arn,
  retries: 0,
});

/** Wakes come in crowds, and one look serves all of them: few at once is enough. */
const WAKES_AT_ONCE = 2;

const wake = lambdaFunction("Wake", {
  ...reconciles,
  handler: "functions/consumers/wake.handler",
  concurrency: null, // the queue bounds it, and loses no message to a full function
  grants: [...reconciles.grants, ...receiveWakes<Text>(wakeQueue.arn)],
});

wakeQueue.subscribe(wake.arn, {
  batch: { size: 10, window: "0 seconds", partialResponses: true },
  transform: {
    eventSourceMapping: (mapping) => {
      mapping.scalingConfig = { maximumConcurrency: WAKES_AT_ONCE };
    },
  },
});

const taskChanged = lambdaFunction("TaskChanged", {
  ...reconciles,
  handler: "functions/consumers/ecs-task-changed.handler",
  concurrency: null,
});

/** A worker that stopped is seen at once; an event that is lost, by the tick. */
const stopped = new aws.cloudwatch.EventRule("TaskStopped", {
  description: "A worker of this stage stopped",
  eventPattern: cluster.nodes.cluster.arn.apply((arn) => JSON.stringify(taskEventPattern(arn))),
});

new aws.cloudwatch.EventTarget("TaskStoppedTarget", {
  rule: stopped.name,
  arn: taskChanged.arn,
  retryPolicy: { maximumEventAgeInSeconds: 300, maximumRetryAttempts: 3 },
});

new aws.lambda.Permission("TaskStoppedPermission", {
  action: "lambda:InvokeFunction",
  function: taskChanged.name,
  principal: "events.amazonaws.com",
  sourceArn: stopped.arn,
});

export const reconcileFunctions = { tick, sweep, wake, taskChanged };
