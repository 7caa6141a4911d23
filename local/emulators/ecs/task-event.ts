import { randomUUID } from "node:crypto";
import type { EcsSettings, TaskStateChange } from "./ecs-options.ts";
import type { Task } from "./task.ts";
import { taskDetail } from "./task-view.ts";

/** The EventBridge event that ECS sends for the state this task has just reached. */
export function taskEvent(task: Task, settings: EcsSettings): TaskStateChange {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "ECS Task State Change",
    source: "aws.ecs",
    account: settings.account,
    time: new Date(settings.now()).toISOString(),
    region: settings.region,
    resources: [task.arn],
    detail: taskDetail(task, settings),
  };
}
