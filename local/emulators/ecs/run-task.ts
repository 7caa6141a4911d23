import { randomBytes } from "node:crypto";
import { requestDigest, type TokenUse } from "./client-tokens.ts";
import type { Cluster } from "./cluster.ts";
import { EcsError, throttled } from "./ecs-error.ts";
import { checkRunTask, DEFAULT_SIZE } from "./run-task-checks.ts";
import { newTask, type Task } from "./task.ts";
import { stoppedTaskView, taskArn, taskView } from "./task-view.ts";
import type { Failure, RunTaskRequest, WireTask } from "./wire.ts";

interface RunTaskAnswer {
  readonly tasks: readonly WireTask[];
  readonly failures: readonly Failure[];
}

/**
 * RunTask. A known clientToken answers its first tasks or refuses other parameters; lack of room is
 * an answer with `failures[]`, not an error. The tasks are on disk before they are answered or
 * started, so that no restart forgets a process.
 */
export async function runTask(cluster: Cluster, request: RunTaskRequest): Promise<RunTaskAnswer> {
  const family = checkRunTask(cluster, request);
  const known = request.clientToken ? cluster.tokens.find(request.clientToken) : null;
  if (known) return repeated(cluster, request, known);

  const reason = cluster.faults.takeFailure() ?? lackOfRoom(cluster, request);
  if (reason !== null) return { tasks: [], failures: [{ reason }] };
  if (!cluster.launches.take(request.count ?? 1)) throw throttled();

  const tasks = Array.from({ length: request.count ?? 1 }, () => taskOf(cluster, request, family));
  rememberToken(cluster, request, tasks);
  for (const task of tasks) cluster.tasks.put(task);
  await cluster.save();
  for (const task of tasks) cluster.runner.start(task.arn);
  return { tasks: tasks.map((task) => taskView(task, cluster.settings)), failures: [] };
}

function repeated(cluster: Cluster, request: RunTaskRequest, use: TokenUse): RunTaskAnswer {
  if (use.digest !== requestDigest(request)) {
    throw new EcsError("ConflictException", "The clientToken was used with other parameters.", {
      fields: { resourceIds: use.taskArns },
    });
  }
  const { settings } = cluster;
  const tasks = use.taskArns.map((arn): WireTask => {
    const task = cluster.tasks.get(arn);
    if (!task) return { taskArn: arn, lastStatus: "STOPPED", desiredStatus: "STOPPED" };
    return task.stoppedAt === null ? taskView(task, settings) : stoppedTaskView(task, settings);
  });
  return { tasks, failures: [] };
}

function rememberToken(cluster: Cluster, request: RunTaskRequest, tasks: readonly Task[]): void {
  if (!request.clientToken) return;
  cluster.tokens.remember({
    token: request.clientToken,
    digest: requestDigest(request),
    taskArns: tasks.map((task) => task.arn),
    usedAt: cluster.settings.now(),
    endedAt: null,
  });
}

function lackOfRoom(cluster: Cluster, request: RunTaskRequest): string | null {
  const { tasksMax = Number.POSITIVE_INFINITY, vcpuMax = Number.POSITIVE_INFINITY } =
    cluster.settings.capacity;
  const count = request.count ?? 1;
  const living = cluster.tasks.all().filter((task) => task.stoppedAt === null);
  if (living.length + count > tasksMax) {
    return "Capacity is unavailable at this time. Please try again later or in a different availability zone";
  }
  const asked = count * Number(request.overrides?.cpu ?? DEFAULT_SIZE.cpu);
  const used = living.reduce((sum, task) => sum + Number(task.cpu), 0);
  return used + asked > vcpuMax * 1024
    ? "You've reached the limit on the number of vCPUs you can run concurrently"
    : null;
}

function taskOf(cluster: Cluster, request: RunTaskRequest, family: string): Task {
  const { settings } = cluster;
  const id = randomBytes(16).toString("hex");
  const overrides = request.overrides ?? {};
  return newTask({
    arn: taskArn(settings, id),
    id,
    cluster: settings.cluster,
    family,
    containerName: settings.taskDefinitions[family]!.containerName,
    group: request.group ?? `family:${family}`,
    startedBy: request.startedBy ?? null,
    capacityProvider: request.capacityProviderStrategy?.[0]?.capacityProvider ?? null,
    subnet: request.networkConfiguration!.awsvpcConfiguration!.subnets![0]!,
    cpu: overrides.cpu ?? DEFAULT_SIZE.cpu,
    memory: overrides.memory ?? DEFAULT_SIZE.memory,
    overrides,
    tags: request.tags ?? [],
    createdAt: settings.now(),
  });
}
