import { limits } from "../core/domain/limits.ts";
import { authority } from "./certificate.ts";
import { architecture, containerTransform } from "./container.ts";
import { logGroupOf } from "./log-group.ts";
import { cluster } from "./network.ts";
import { logRetention } from "./stage.ts";

/**
 * What a worker is started from. Its size comes with each start, from the profile that a run needs;
 * its role may do nothing in AWS: what a job needs there, it brings itself or is given on purpose.
 */
export const worker = new sst.aws.Task("Worker", {
  cluster,
  architecture,
  cpu: "0.25 vCPU",
  memory: "0.5 GB",
  image: { context: ".", dockerfile: "worker/Dockerfile" },
  logging: { name: logGroupOf("Worker").name, retention: logRetention },
  environment: { HODEI_CA_CERT: authority.certPem },
  transform: containerTransform("Worker", { task: [], execution: [] }, limits.workerStopSeconds),
  dev: false,
});

const clusterArn = cluster.nodes.cluster.arn;

/** As the grants name them. */
export const workerArns = {
  cluster: clusterArn,
  taskDefinitions: $interpolate`${worker.nodes.taskDefinition.apply((definition) => definition.arnWithoutRevision)}:*`,
  tasks: clusterArn.apply((arn) => `${arn.replace(":cluster/", ":task/")}/*`),
  roles: [worker.nodes.taskRole.arn, worker.nodes.executionRole.arn],
};
