import { CLUSTER, QUEUES, REGION, WORKER_FAMILY } from "./names.ts";
import type { LocalOptions } from "./options.ts";
import type { Doubles } from "./start-doubles.ts";
import type { StateDir } from "./state-dir.ts";

/** Where the parts are, as far as their environment says it. */
export interface LocalParts {
  readonly options: Pick<
    LocalOptions,
    "profiles" | "timings" | "anonymous" | "gatewayUrl" | "logLevel" | "tickMs"
  >;
  readonly state: Pick<StateDir, "bootstrapKeys">;
  readonly databaseUrl: string;
  readonly accessKeyId: string;
  readonly dataApi: Pick<Doubles["dataApi"], "url" | "resourceArn" | "secretArn" | "database">;
  readonly sqs: Pick<Doubles["sqs"], "url" | "queueUrl">;
  readonly ecs: Pick<Doubles["ecs"], "url">;
  readonly ports: { readonly grpc: number; readonly http: number; readonly metrics: number };
}

/**
 * What a deployed stage sets for these processes, with the doubles in place of AWS: the SDKs find
 * them through their own AWS_ENDPOINT_URL_* variables. Nothing of this process's environment but
 * the search path goes along; the gateway gets no token keys, the functions no database password.
 */
export function childEnvironment(
  part: "gateway" | "functions",
  { options, state, databaseUrl, accessKeyId, dataApi, sqs, ecs, ports }: LocalParts,
): NodeJS.ProcessEnv {
  const common = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_SQS: sqs.url,
    HODEI_WAKE_QUEUE_URL: sqs.queueUrl(QUEUES.wake),
    HODEI_PROFILES: JSON.stringify(options.profiles),
    HODEI_STAGE: "local",
    ...(options.anonymous && { HODEI_ANONYMOUS: options.anonymous }),
    ...(options.timings && { HODEI_TIMINGS: options.timings }),
    HODEI_LOG_LEVEL: options.logLevel,
  };
  if (part === "gateway")
    return {
      ...common,
      HODEI_DATABASE_URL: databaseUrl,
      HODEI_GRPC_HOST: "127.0.0.1",
      GRPC_PORT: String(ports.grpc),
      HODEI_METRICS_PORT: String(ports.metrics),
    };
  return {
    ...common,
    AWS_ENDPOINT_URL_ECS: ecs.url,
    AWS_ENDPOINT_URL_RDS_DATA: dataApi.url,
    HODEI_DB_RESOURCE_ARN: dataApi.resourceArn,
    HODEI_DB_SECRET_ARN: dataApi.secretArn,
    HODEI_DB_NAME: dataApi.database,
    HODEI_ECS_CLUSTER: CLUSTER,
    HODEI_ECS_TASK_DEFINITION: WORKER_FAMILY,
    HODEI_ECS_SUBNETS: "subnet-a,subnet-b",
    HODEI_ECS_SECURITY_GROUPS: "sg-workers",
    HODEI_BOOTSTRAP_KEYS: state.bootstrapKeys,
    HODEI_GATEWAY_URL: options.gatewayUrl ?? `http://127.0.0.1:${ports.grpc}`,
    HODEI_LOCAL_HTTP_PORT: String(ports.http),
    HODEI_LOCAL_TICK_MS: String(options.tickMs),
  };
}
