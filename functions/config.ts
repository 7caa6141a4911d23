import { readAnonymous } from "#adapters/environment/anonymous.ts";
import { Environment } from "#adapters/environment/environment.ts";
import {
  type BootstrapKeysSource,
  readBootstrapKeys,
  readLogLevel,
  readProfiles,
  readTimings,
  readWakeQueue,
} from "#adapters/environment/settings.ts";
import type { EcsConfig } from "#adapters/providers/ecs/ecs-config.ts";
import type { Scope } from "#core/domain/access/scope.ts";
import { limits } from "#core/domain/limits.ts";
import type { Timings } from "#core/domain/timings.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";

/** What every function needs: the database through the Data API, the wake queue. */
export interface FunctionConfig {
  readonly resourceArn: string;
  /** Name of the database secret, not the secret. */
  readonly secretArn: string;
  readonly database: string;
  readonly region: string;
  readonly wakeQueueUrl: string;
  readonly profiles: readonly MachineProfile[];
  readonly timings: Timings;
  /** What calls without a key may do; null = nothing. */
  readonly anonymous: Scope | null;
  /** CloudWatch namespace of the metrics. */
  readonly metricsNamespace: string;
  readonly logLevel: string;
}

/** What the functions that reconcile need besides: machines and the keys of their tokens. */
export interface ReconcileConfig extends FunctionConfig {
  readonly ecs: EcsConfig;
  /** A secret, or where it is. */
  readonly bootstrapKeys: BootstrapKeysSource;
  /** Where workers find the gateway: http(s)://host:port. */
  readonly gatewayUrl: string;
  /** The ECS service of the gateways, where an idle stage turns them off; null = it never sleeps. */
  readonly gatewayService: string | null;
  readonly sleepAfterMs: number;
}

const SLEEP = { min: 60_000, max: 30 * 24 * 3600_000 };

/** Throws ConfigError naming every variable that is wrong. */
export function readFunctionConfig(variables: NodeJS.ProcessEnv): FunctionConfig {
  const environment = new Environment(variables);
  const config = functionConfig(environment);
  return environment.done(() => config);
}

/** Throws ConfigError naming every variable that is wrong. */
export function readReconcileConfig(variables: NodeJS.ProcessEnv): ReconcileConfig {
  const environment = new Environment(variables);
  const taskDefinition = environment.text("HODEI_ECS_TASK_DEFINITION");
  const region = environment.text("AWS_REGION");
  const config: ReconcileConfig = {
    ...functionConfig(environment),
    ecs: {
      cluster: environment.text("HODEI_ECS_CLUSTER"),
      taskDefinition,
      family: environment.text("HODEI_ECS_FAMILY", familyOf(taskDefinition)),
      containerName: environment.text("HODEI_ECS_CONTAINER", "worker"),
      subnets: environment.list("HODEI_ECS_SUBNETS"),
      securityGroups: environment.list("HODEI_ECS_SECURITY_GROUPS"),
      assignPublicIp: environment.flag("HODEI_ECS_ASSIGN_PUBLIC_IP"),
      region,
    },
    bootstrapKeys: readBootstrapKeys(environment),
    gatewayUrl: environment.address("HODEI_GATEWAY_URL", ["http", "https"]),
    gatewayService: environment.text("HODEI_ECS_GATEWAY_SERVICE", "") || null,
    sleepAfterMs: environment.integer("HODEI_SLEEP_AFTER_MS", limits.sleepAfterMs, SLEEP),
  };
  return environment.done(() => config);
}

function functionConfig(environment: Environment): FunctionConfig {
  return {
    resourceArn: environment.text("HODEI_DB_RESOURCE_ARN"),
    secretArn: environment.text("HODEI_DB_SECRET_ARN"),
    database: environment.text("HODEI_DB_NAME", "hodei"),
    region: environment.text("AWS_REGION"),
    wakeQueueUrl: readWakeQueue(environment),
    profiles: readProfiles(environment),
    timings: readTimings(environment),
    anonymous: readAnonymous(environment),
    metricsNamespace: environment.text("HODEI_METRICS_NAMESPACE", "Hodei"),
    logLevel: readLogLevel(environment),
  };
}

/** `family:revision` or an ARN that ends so → the family. */
const familyOf = (taskDefinition: string): string =>
  (taskDefinition.split("/").at(-1) ?? "").split(":")[0] ?? "";
