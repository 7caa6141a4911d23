import { arnOf, type Cluster, checkCluster, isVisible } from "./cluster.ts";
import { invalidParameter } from "./ecs-error.ts";
import { taskView } from "./task-view.ts";
import type { DescribeTasksRequest, Failure, WireTask } from "./wire.ts";

/** DescribeTasks: what is unknown, too young or stopped too long ago is MISSING. */
export function describeTasks(cluster: Cluster, request: DescribeTasksRequest) {
  checkCluster(cluster, request.cluster);
  const ids = request.tasks ?? [];
  if (ids.length === 0) throw invalidParameter("Tasks cannot be empty.");
  if (ids.length > 100) throw invalidParameter("Tasks can have at most 100 items.");
  const withTags = request.include?.includes("TAGS") ?? false;
  const tasks: WireTask[] = [];
  const failures: Failure[] = [];
  for (const arn of ids.map((id) => arnOf(cluster, id))) {
    const task = cluster.tasks.get(arn);
    if (!task || !isVisible(cluster, task)) failures.push({ arn, reason: "MISSING" });
    else {
      const { tags, ...view } = taskView(task, cluster.settings);
      tasks.push(withTags ? { ...view, tags } : view);
    }
  }
  return { tasks, failures };
}
