import { gatewayName } from "./certificate.ts";
import { DATABASE_NAME, database, functionsDatabaseSecret } from "./database.ts";
import {
  assignsPublicIp,
  cluster,
  containerSubnets,
  GRPC_PORT,
  workerSecurityGroup,
} from "./network.ts";
import { bootstrapKeys } from "./secrets.ts";
import { metricsNamespace, profiles } from "./stage.ts";
import { wakeQueue } from "./wake-queue.ts";
import { worker } from "./worker.ts";

/** What gateway and functions both read; docs/operate/configuration.md says what each means. */
export const commonEnvironment = {
  HODEI_STAGE: $app.stage,
  HODEI_METRICS_NAMESPACE: metricsNamespace,
  HODEI_WAKE_QUEUE_URL: wakeQueue.url,
  HODEI_PROFILES: JSON.stringify(profiles),
};

/** What every function reads. Names of secrets, no secrets. */
export const functionEnvironment = {
  ...commonEnvironment,
  HODEI_DB_RESOURCE_ARN: database.clusterArn,
  HODEI_DB_SECRET_ARN: functionsDatabaseSecret.arn,
  HODEI_DB_NAME: DATABASE_NAME,
};

/** What functions that reconcile read besides. */
export const reconcileEnvironment = {
  ...functionEnvironment,
  HODEI_ECS_CLUSTER: cluster.nodes.cluster.arn,
  HODEI_ECS_TASK_DEFINITION: worker.taskDefinition,
  HODEI_ECS_CONTAINER: "Worker",
  HODEI_ECS_SUBNETS: containerSubnets
    .apply((subnets) => $util.all(subnets))
    .apply((subnets) => subnets.join(",")),
  HODEI_ECS_SECURITY_GROUPS: workerSecurityGroup.id,
  HODEI_ECS_ASSIGN_PUBLIC_IP: String(assignsPublicIp),
  HODEI_BOOTSTRAP_KEYS_SECRET_ARN: bootstrapKeys.arn,
  HODEI_GATEWAY_URL: `https://${gatewayName}:${GRPC_PORT}`,
};
