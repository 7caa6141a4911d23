import { arnOf, type Cluster, checkCluster } from "./cluster.ts";
import { invalidParameter } from "./ecs-error.ts";
import { taskView } from "./task-view.ts";
import type { StopTaskRequest } from "./wire.ts";

/** StopTask: taken at once, done later. A task that is stopping or stopped is answered as it is. */
export function stopTask(cluster: Cluster, request: StopTaskRequest) {
  checkCluster(cluster, request.cluster);
  const arn = arnOf(cluster, request.task ?? "");
  if (!cluster.tasks.get(arn)) throw invalidParameter("The referenced task was not found.");
  cluster.runner.stop(arn, {
    stopCode: "UserInitiated",
    stoppedReason: request.reason ?? "Task stopped by user",
  });
  return { task: taskView(cluster.tasks.get(arn)!, cluster.settings) };
}
