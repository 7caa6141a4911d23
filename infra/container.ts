import { type Grant, pullImage, writeLogs } from "./grants.ts";
import { logGroupOf } from "./log-group.ts";
import { inlinePolicy } from "./policy.ts";

/** One architecture for both images: a builder needs no emulation, and jobs find what they expect. */
export const architecture = "x86_64" as const;

const account = aws.getCallerIdentityOutput().accountId;
const region = aws.getRegionOutput().region;
/** Where SST pushes the images of every app of the account. */
const repository = $interpolate`arn:aws:ecr:${region}:${account}:repository/sst-asset`;

export interface ContainerRoles {
  /** What the program itself may do. */
  readonly task: readonly Grant<$util.Input<string>>[];
  /** What ECS may do to start it, besides pulling the image and writing its output. */
  readonly execution: readonly Grant<$util.Input<string>>[];
}

/** What we want otherwise than SST makes it of a container: narrower roles, and time to leave. */
export function containerTransform(
  name: string,
  { task, execution }: ContainerRoles,
  stopTimeoutSeconds: number,
) {
  const logs = logGroupOf(name);
  const mayStart = [
    ...execution,
    ...pullImage<$util.Input<string>>(repository),
    ...writeLogs<$util.Input<string>>(logs.streams),
  ];
  return {
    // SST lets ECS open a shell in every container; ours has no use for it.
    taskRole: (role: aws.iam.RoleArgs): undefined => {
      role.inlinePolicies = inlinePolicy(task);
    },
    // SST's may read every secret and write to every log group of the account.
    executionRole: (role: aws.iam.RoleArgs): undefined => {
      role.managedPolicyArns = [];
      role.inlinePolicies = inlinePolicy(mayStart);
    },
    taskDefinition: (definition: aws.ecs.TaskDefinitionArgs): undefined => {
      // A function of the release before may still start the revision it knows.
      definition.skipDestroy = true;
      definition.containerDefinitions = $output(definition.containerDefinitions).apply((text) =>
        JSON.stringify(
          (JSON.parse(text) as object[]).map((container) => ({
            ...container,
            pseudoTerminal: false,
            stopTimeout: stopTimeoutSeconds,
          })),
        ),
      );
    },
  };
}
