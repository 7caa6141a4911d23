import type { EcsSettings } from "./ecs-options.ts";
import type { Task } from "./task.ts";
import type { WireTask } from "./wire.ts";

type Instant = (epochMs: number) => unknown;

const epochSeconds: Instant = (at) => at / 1000;

/** As RunTask and StopTask answer it. */
export function taskView(task: Task, settings: EcsSettings): WireTask {
  return { ...shown(task, settings, epochSeconds), overrides: task.overrides, tags: task.tags };
}

/** As an event's `detail`: ISO instants, no tags, and no values of the environment. */
export function taskDetail(task: Task, settings: EcsSettings): WireTask {
  const containerOverrides = [{ name: task.containerName }];
  const view = shown(task, settings, (at) => new Date(at).toISOString());
  const updatedAt = new Date(settings.now()).toISOString();
  return { ...view, overrides: { containerOverrides }, updatedAt };
}

/** What a repeated clientToken gets for a task that ended meanwhile: who and how, no more. */
export function stoppedTaskView(task: Task, settings: EcsSettings): WireTask {
  const { taskArn, clusterArn, lastStatus, desiredStatus } = taskView(task, settings);
  return { taskArn, clusterArn, lastStatus, desiredStatus };
}

export const clusterArn = ({ region, account, cluster }: EcsSettings): string =>
  `arn:aws:ecs:${region}:${account}:cluster/${cluster}`;

export const taskArn = ({ region, account, cluster }: EcsSettings, id: string): string =>
  `arn:aws:ecs:${region}:${account}:task/${cluster}/${id}`;

function shown(task: Task, settings: EcsSettings, instant: Instant): Record<string, unknown> {
  const { region, account } = settings;
  return {
    taskArn: task.arn,
    clusterArn: clusterArn(settings),
    taskDefinitionArn: `arn:aws:ecs:${region}:${account}:task-definition/${task.family}:1`,
    group: task.group,
    launchType: "FARGATE",
    platformVersion: "1.4.0",
    platformFamily: "Linux",
    availabilityZone: `${region}a`,
    connectivity: "CONNECTED",
    enableExecuteCommand: false,
    cpu: task.cpu,
    memory: task.memory,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    version: task.version,
    createdAt: instant(task.createdAt),
    ...present("startedBy", task.startedBy),
    ...present("capacityProviderName", task.capacityProvider),
    ...present("stopCode", task.stopCode),
    ...present("stoppedReason", task.stoppedReason),
    ...present("startedAt", task.startedAt, instant),
    ...present("stoppingAt", task.stoppingAt, instant),
    ...present("stoppedAt", task.stoppedAt, instant),
    attachments: [attachment(task)],
    containers: [container(task, settings)],
  };
}

function attachment(task: Task) {
  return {
    id: task.id,
    type: "ElasticNetworkInterface",
    status: task.lastStatus === "STOPPED" ? "DELETED" : "ATTACHED",
    details: [{ name: "subnetId", value: task.subnet }],
  };
}

function container(task: Task, { region, account }: EcsSettings) {
  const short = { RUNNING: "RUNNING", DEACTIVATING: "RUNNING", STOPPED: "STOPPED" } as const;
  const status = task.lastStatus;
  return {
    containerArn: `arn:aws:ecs:${region}:${account}:container/${task.cluster}/${task.id}/1`,
    taskArn: task.arn,
    name: task.containerName,
    lastStatus: status === "PROVISIONING" || status === "PENDING" ? "PENDING" : short[status],
    networkInterfaces: [],
    ...present("exitCode", task.exitCode),
    ...present("reason", task.containerReason),
  };
}

/** AWS leaves out what is not there; null never appears in its answers. */
function present<T>(name: string, value: T | null, show: (value: T) => unknown = (same) => same) {
  return value === null ? {} : { [name]: show(value) };
}
