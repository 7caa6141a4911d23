import { type Cluster, checkCluster, isVisible } from "./cluster.ts";
import { invalidParameter } from "./ecs-error.ts";
import type { ListTasksRequest } from "./wire.ts";

const PAGE_MAX = 100;

/** ListTasks, in the order of ARNs: a page goes on after the last ARN of the one before. */
export function listTasks(cluster: Cluster, request: ListTasksRequest) {
  checkCluster(cluster, request.cluster);
  const { family, startedBy, launchType, desiredStatus = "RUNNING" } = request;
  const { maxResults = PAGE_MAX } = request;
  if (maxResults < 1 || maxResults > PAGE_MAX) {
    throw invalidParameter("maxResults should be between 1 and 100.");
  }
  if (startedBy !== undefined && (family !== undefined || launchType !== undefined)) {
    throw invalidParameter("startedBy must be the only filter.");
  }
  const after = request.nextToken ? Buffer.from(request.nextToken, "base64url").toString() : "";
  const rest = cluster.tasks
    .all()
    .filter((task) => isVisible(cluster, task))
    .filter((task) => task.desiredStatus === desiredStatus)
    .filter((task) => family === undefined || task.family === family)
    .filter((task) => startedBy === undefined || task.startedBy === startedBy)
    .map((task) => task.arn)
    .filter((arn) => arn > after)
    .sort();
  const taskArns = rest.slice(0, maxResults);
  if (rest.length === taskArns.length) return { taskArns };
  return { taskArns, nextToken: Buffer.from(taskArns.at(-1)!).toString("base64url") };
}
