import type { KeyValuePair, RunTaskCommandInput, TaskOverride } from "@aws-sdk/client-ecs";
import { type LaunchRequest, ProviderError } from "#core/ports/provider.ts";
import type { EcsConfig } from "./ecs-config.ts";
import { fargateSize } from "./fargate-size.ts";
import { formatStartedBy } from "./started-by.ts";

const OVERRIDE_CHARS_MAX = 8192; // the limit of RunTask, JSON punctuation included
const CLIENT_TOKEN = /^[\x21-\x7e]{1,64}$/;

/**
 * What RunTask is asked for this worker row. The same request, token and configuration give the
 * same bytes: ECS answers a repeat that differs with ConflictException instead of the first task.
 * Throws ProviderError `bad-request` for what ECS would refuse.
 */
export function runTaskInput(
  request: LaunchRequest,
  bootstrapToken: string,
  config: EcsConfig,
): RunTaskCommandInput {
  if (!CLIENT_TOKEN.test(request.launchToken)) {
    throw new ProviderError("bad-request", "clientToken takes 1 to 64 visible ASCII characters");
  }
  return {
    cluster: config.cluster,
    taskDefinition: config.taskDefinition,
    count: 1,
    clientToken: request.launchToken,
    startedBy: formatStartedBy(request),
    ...capacity(request.spot),
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: rotated(config.subnets, request.subnetOffset),
        securityGroups: [...config.securityGroups],
        assignPublicIp: config.assignPublicIp ? "ENABLED" : "DISABLED",
      },
    },
    overrides: overrides(request, bootstrapToken, config.containerName),
    propagateTags: "TASK_DEFINITION",
    tags: [
      { key: "hodei:install", value: request.installId },
      { key: "hodei:profile", value: request.profile },
      { key: "hodei:worker", value: request.workerId },
    ],
  };
}

/** Spot is reached only through its capacity provider, and then launchType must be absent. */
function capacity(
  spot: boolean,
): Pick<RunTaskCommandInput, "capacityProviderStrategy" | "launchType"> {
  return spot
    ? { capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }] }
    : { launchType: "FARGATE" };
}

/** Fargate tries the first subnet's zone first: another offset begins in another zone. */
function rotated(subnets: readonly string[], offset: number): string[] {
  const from = subnets.length === 0 ? 0 : Math.abs(offset) % subnets.length;
  return [...subnets.slice(from), ...subnets.slice(0, from)];
}

function overrides(request: LaunchRequest, token: string, containerName: string): TaskOverride {
  const override: TaskOverride = {
    ...fargateSize(request.cpuMillis, request.memoryMib),
    containerOverrides: [{ name: containerName, environment: environment(request, token) }],
  };
  const chars = JSON.stringify(override).length;
  if (chars > OVERRIDE_CHARS_MAX) {
    throw new ProviderError(
      "bad-request",
      `the worker's environment makes overrides of ${chars} characters; ` +
        `ECS takes ${OVERRIDE_CHARS_MAX}`,
    );
  }
  return override;
}

/**
 * Sorted by name, so that the bytes do not depend on the order of a JSON object's keys. Token and
 * id travel under two names each: the original's two worker programs read different ones.
 */
function environment(request: LaunchRequest, token: string): KeyValuePair[] {
  const all = {
    ...request.environment,
    HODEI_OTP_TOKEN: token,
    HODEI_TOKEN: token,
    HODEI_WORKER_ID: request.workerId,
    WORKER_ID: request.workerId,
  };
  return Object.entries(all)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
