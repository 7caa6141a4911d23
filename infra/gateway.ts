import { limits } from "../core/domain/limits.ts";
import { gatewayCertificateSecret, gatewayKeySecret } from "./certificate.ts";
import { architecture, containerTransform } from "./container.ts";
import { DATABASE_NAME, database, GATEWAY_ROLE, gatewayDatabaseUser } from "./database.ts";
import { commonEnvironment } from "./environment.ts";
import { readSecret, signInToDatabase, wakeReconciler } from "./grants.ts";
import { logGroupOf } from "./log-group.ts";
import { migration } from "./migrations.ts";
import { assignsPublicIp, cluster, GRPC_PORT, loadBalancerSecurityGroup } from "./network.ts";
import {
  gatewayCertificate,
  gatewayDomain,
  gatewayTasks,
  isProduction,
  logRetention,
  metricsNamespace,
} from "./stage.ts";
import { wakeQueue } from "./wake-queue.ts";

type Text = $util.Input<string>;

/** ECS does not read the image's own check; a test compares the two. */
const HEALTH =
  "fetch('http://127.0.0.1:' + (process.env.HODEI_METRICS_PORT || 9464) + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))";

/**
 * TLS from the caller to the task: the balancer speaks gRPC over TLS to the gateway too. A load
 * balancer does not pass on HTTP/2 pings, so the idle time is as long as AWS allows.
 */
const loadBalancer = gatewayDomain && {
  domain: {
    name: gatewayDomain,
    ...(gatewayCertificate && { cert: gatewayCertificate, dns: false as const }),
  },
  rules: [{ listen: "443/https" as const, forward: `${GRPC_PORT}/https` as const }],
  health: {
    [`${GRPC_PORT}/https`]: {
      path: "/grpc.health.v1.Health/Check",
      successCodes: "0", // a gRPC status
      interval: "10 seconds" as const,
      healthyThreshold: 2,
    },
  },
};

export const gateway = new sst.aws.Service("Gateway", {
  cluster,
  architecture,
  cpu: isProduction ? "1 vCPU" : "0.25 vCPU",
  memory: isProduction ? "2 GB" : "0.5 GB",
  image: { context: ".", dockerfile: "gateway/Dockerfile" },
  capacity: isProduction ? { fargate: { weight: 1 } } : "spot",
  scaling: { ...gatewayTasks, cpuUtilization: 70, memoryUtilization: 80 },
  logging: { name: logGroupOf("Gateway").name, retention: logRetention },
  environment: {
    ...commonEnvironment,
    AWS_REGION: aws.getRegionOutput().region,
    GRPC_PORT: String(GRPC_PORT),
    HODEI_DB_HOST: database.host,
    HODEI_DB_NAME: DATABASE_NAME,
    HODEI_DB_USER: GATEWAY_ROLE,
  },
  ssm: { HODEI_TLS_CERT: gatewayCertificateSecret.arn, HODEI_TLS_KEY: gatewayKeySecret.arn },
  health: {
    command: ["CMD", "node", "-e", HEALTH],
    interval: "10 seconds",
    timeout: "5 seconds",
    startPeriod: "30 seconds",
    retries: 3,
  },
  ...(loadBalancer && { loadBalancer }),
  transform: {
    ...containerTransform(
      "Gateway",
      {
        task: [
          ...signInToDatabase<Text>(gatewayDatabaseUser),
          ...wakeReconciler<Text>(wakeQueue.arn),
        ],
        execution: [
          ...readSecret<Text>(
            gatewayCertificateSecret.arn,
            "ECS hands the gateway its certificate.",
          ),
          ...readSecret<Text>(gatewayKeySecret.arn, "ECS hands the gateway its private key."),
        ],
      },
      limits.gatewayStopSeconds,
    ),
    service: (service, options) => {
      options.dependsOn = [migration];
      service.enableExecuteCommand = false;
      service.availabilityZoneRebalancing = "ENABLED";
      service.networkConfiguration = $output(service.networkConfiguration).apply((network) => ({
        ...network!,
        assignPublicIp: assignsPublicIp,
      }));
    },
    target: (target) => {
      target.protocolVersion = "GRPC";
      target.deregistrationDelay = limits.deregistrationSeconds;
    },
    listener: (listener) => {
      listener.sslPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06";
    },
    loadBalancer: (balancer) => {
      balancer.securityGroups = [loadBalancerSecurityGroup.id];
      balancer.idleTimeout = 4000;
      balancer.dropInvalidHeaderFields = true;
      balancer.enableDeletionProtection = isProduction;
    },
  },
  dev: false,
});

/** More gateways where streams are many: each worker holds two. */
new aws.appautoscaling.Policy("GatewayStreams", {
  policyType: "TargetTrackingScaling",
  resourceId: gateway.nodes.autoScalingTarget.resourceId,
  scalableDimension: gateway.nodes.autoScalingTarget.scalableDimension,
  serviceNamespace: gateway.nodes.autoScalingTarget.serviceNamespace,
  targetTrackingScalingPolicyConfiguration: {
    customizedMetricSpecification: {
      namespace: metricsNamespace,
      metricName: "streams_open",
      dimensions: [{ name: "service", value: "gateway" }],
      statistic: "Average", // of the gateways: each reports once a minute
    },
    targetValue: limits.gatewayStreamsMax,
    scaleInCooldown: 600,
    scaleOutCooldown: 60,
  },
});
