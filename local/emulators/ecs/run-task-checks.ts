import { type Cluster, checkCluster } from "./cluster.ts";
import { EcsError, invalidParameter } from "./ecs-error.ts";
import type { RunTaskRequest } from "./wire.ts";

const GIB = 1024;
const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);

/** MiB that Fargate sells with each CPU size, as its guide lists them. */
const FARGATE: Readonly<Record<string, readonly number[]>> = {
  "256": [512, 1024, 2048],
  "512": range(1 * GIB, 4 * GIB, GIB),
  "1024": range(2 * GIB, 8 * GIB, GIB),
  "2048": range(4 * GIB, 16 * GIB, GIB),
  "4096": range(8 * GIB, 30 * GIB, GIB),
  "8192": range(16 * GIB, 60 * GIB, 4 * GIB),
  "16384": range(32 * GIB, 120 * GIB, 8 * GIB),
};

const OVERRIDE_CHARS_MAX = 8192;
export const DEFAULT_SIZE = { cpu: "256", memory: "512" } as const;

/** Refuses what ECS refuses, with its error types. Answers the family that is to be run. */
export function checkRunTask(cluster: Cluster, request: RunTaskRequest): string {
  checkCluster(cluster, request.cluster);
  const family = familyOf(request.taskDefinition);
  const definition = cluster.settings.taskDefinitions[family];
  if (!definition) throw new EcsError("ClientException", "TaskDefinition not found.");
  checkNames(request);
  checkPlace(request);
  checkOverrides(request, definition.containerName);
  return family;
}

/** `family`, `family:7` or an ARN that ends in either. */
function familyOf(taskDefinition: string | undefined): string {
  if (!taskDefinition) throw invalidParameter("taskDefinition can not be blank.");
  return taskDefinition.split("/").at(-1)!.split(":")[0]!;
}

function checkNames({ count = 1, clientToken, startedBy }: RunTaskRequest): void {
  if (!Number.isInteger(count) || count < 1 || count > 10) {
    throw invalidParameter("count should be between 1 and 10.");
  }
  if (clientToken !== undefined && !/^[\x21-\x7e]{1,64}$/.test(clientToken)) {
    throw invalidParameter("clientToken takes up to 64 characters in the range 33 to 126.");
  }
  if (startedBy !== undefined && !/^[A-Za-z0-9\-_/]{0,128}$/.test(startedBy)) {
    throw invalidParameter("startedBy takes up to 128 letters, numbers, -, / and _.");
  }
}

function checkPlace(request: RunTaskRequest): void {
  if (request.launchType && request.capacityProviderStrategy?.length) {
    const text = "Specifying both a launch type and capacity provider strategy is not supported.";
    throw invalidParameter(text);
  }
  if (!request.networkConfiguration?.awsvpcConfiguration?.subnets?.length) {
    const text = "Network Configuration must be provided when networkMode 'awsvpc' is specified.";
    throw invalidParameter(text);
  }
}

function checkOverrides({ overrides = {} }: RunTaskRequest, containerName: string): void {
  if (JSON.stringify(overrides).length > OVERRIDE_CHARS_MAX) {
    throw invalidParameter("Container Overrides length must be at most 8192.");
  }
  for (const { name } of overrides.containerOverrides ?? []) {
    if (name === containerName) continue;
    const text = `Override for container named ${name} is not a container in the TaskDefinition.`;
    throw invalidParameter(text);
  }
  const { cpu, memory } = { ...DEFAULT_SIZE, ...overrides };
  if (FARGATE[cpu]?.includes(Number(memory))) return;
  const text = `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory.`;
  throw new EcsError("ClientException", text);
}
