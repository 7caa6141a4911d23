import { type Grant, writeLogs } from "./grants.ts";
import { logGroupOf } from "./log-group.ts";
import { inlinePolicy } from "./policy.ts";
import { logRetention, reservesConcurrency } from "./stage.ts";

export interface LambdaFunction {
  /** `<file without extension>.<export>`. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly environment: Record<string, $util.Input<string>>;
  readonly grants: readonly Grant<$util.Input<string>>[];
  /** Never more than this many at once; null = as many as the account has. */
  readonly concurrency: number | null;
  readonly copyFiles?: { from: string }[];
  readonly dependsOn?: $util.Input<$util.Resource>[];
}

/** A function of ours: Node 24 on arm64, outside the VPC, with a log group and exactly these grants. */
export function lambdaFunction(name: string, of: LambdaFunction): sst.aws.Function {
  const logs = logGroupOf(name);
  const grants = [...of.grants, ...writeLogs<$util.Input<string>>(logs.streams)];
  return new sst.aws.Function(
    name,
    {
      handler: of.handler,
      runtime: "nodejs24.x",
      architecture: "arm64",
      memory: "1024 MB",
      timeout: `${of.timeoutSeconds} seconds`,
      environment: of.environment,
      // What is imported lazily becomes a file of its own that a cold start does not read.
      nodejs: { splitting: true, sourcemap: false },
      // Lines are JSON already; Lambda's own JSON format would wrap them, metrics too.
      logging: { retention: logRetention, format: "text" },
      ...(of.copyFiles && { copyFiles: of.copyFiles }),
      ...(reservesConcurrency &&
        of.concurrency !== null && { concurrency: { reserved: of.concurrency } }),
      transform: {
        logGroup: (group) => {
          group.name = logs.name;
        },
        // The managed policy that SST adds may write to every log group of the account.
        role: (role) => {
          role.managedPolicyArns = [];
          role.inlinePolicies = inlinePolicy(grants);
        },
      },
      dev: false,
    },
    { dependsOn: of.dependsOn ?? [] },
  );
}
