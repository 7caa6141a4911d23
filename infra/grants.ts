/**
 * Everything that anything of ours may do in AWS, statement by statement, with the reason. Pure:
 * infra/ fills in the ARNs of a stage, and the check of the infrastructure fills in those of the
 * evaluated graph and compares, so that a role can hold nothing that is not written here.
 */
export interface Grant<Arn> {
  /** Why it is needed, and why it is no narrower. */
  readonly reason: string;
  readonly actions: readonly string[];
  readonly resources: readonly Arn[];
  readonly conditions?: readonly {
    readonly test: string;
    readonly variable: string;
    readonly values: readonly (Arn | string)[];
  }[];
}

export const writeLogs = <Arn>(streams: Arn): Grant<Arn>[] => [
  {
    reason: "Its log lines, and the metrics in them.",
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [streams],
  },
];

export const queryDatabase = <Arn>(cluster: Arn, secret: Arn): Grant<Arn>[] => [
  {
    reason: "Every statement is one call of the Data API; none needs a transaction over calls.",
    actions: ["rds-data:ExecuteStatement"],
    resources: [cluster],
  },
  {
    reason: "The Data API signs in with this secret, on behalf of who calls it.",
    actions: ["secretsmanager:GetSecretValue"],
    resources: [secret],
  },
];

export const readSecret = <Arn>(secret: Arn, reason: string): Grant<Arn>[] => [
  { reason, actions: ["secretsmanager:GetSecretValue"], resources: [secret] },
];

export const signInToDatabase = <Arn>(user: Arn): Grant<Arn>[] => [
  {
    reason: "It signs in as this one role, by a token of 15 minutes and no password.",
    actions: ["rds-db:connect"],
    resources: [user],
  },
];

export const wakeReconciler = <Arn>(queue: Arn): Grant<Arn>[] => [
  {
    reason: "Says that there is something to do.",
    actions: ["sqs:SendMessage"],
    resources: [queue],
  },
];

export const receiveWakes = <Arn>(queue: Arn): Grant<Arn>[] => [
  {
    reason: "Lambda takes messages from the queue in the name of the function.",
    actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    resources: [queue],
  },
];

export interface WorkerArns<Arn> {
  readonly cluster: Arn;
  /** All revisions of the one family. */
  readonly taskDefinitions: Arn;
  /** All tasks of the cluster. */
  readonly tasks: Arn;
  /** What ECS starts a worker with, and what the worker itself is. */
  readonly roles: readonly Arn[];
}

export function runWorkers<Arn>(arns: WorkerArns<Arn>): Grant<Arn>[] {
  const inCluster = { test: "ArnEquals", variable: "ecs:cluster", values: [arns.cluster] };
  return [
    {
      reason: "Starts workers: of one task definition, in one cluster.",
      actions: ["ecs:RunTask"],
      resources: [arns.taskDefinitions],
      conditions: [inCluster],
    },
    {
      reason: "Tags a worker as it is started, and never afterwards.",
      actions: ["ecs:TagResource"],
      resources: [arns.tasks],
      conditions: [{ test: "StringEquals", variable: "ecs:CreateAction", values: ["RunTask"] }],
    },
    {
      reason: "Looks at workers, and stops those that nobody needs.",
      actions: ["ecs:DescribeTasks", "ecs:StopTask"],
      resources: [arns.tasks],
      conditions: [inCluster],
    },
    {
      reason:
        "Finds workers that no row knows. AWS takes no resource here but *; the cluster bounds it.",
      actions: ["ecs:ListTasks"],
      resources: ["*" as Arn],
      conditions: [inCluster],
    },
    {
      reason: "Hands a worker its two roles, and no other role, and to nobody but ECS.",
      actions: ["iam:PassRole"],
      resources: arns.roles,
      conditions: [
        {
          test: "StringEquals",
          variable: "iam:PassedToService",
          values: ["ecs-tasks.amazonaws.com"],
        },
      ],
    },
  ];
}

export const switchGateways = <Arn>(service: Arn): Grant<Arn>[] => [
  {
    reason: "Turns the gateways of an idle stage off, and on again for the next run.",
    actions: ["ecs:DescribeServices", "ecs:UpdateService"],
    resources: [service],
  },
];

export const pullImage = <Arn>(repository: Arn): Grant<Arn>[] => [
  {
    reason: "A token for the registry. AWS takes no resource here but *.",
    actions: ["ecr:GetAuthorizationToken"],
    resources: ["*" as Arn],
  },
  {
    reason: "The image, from the one repository that deployments push to.",
    actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    resources: [repository],
  },
];

/** The same without the reason, as SST takes it. */
export const permissionsOf = <Arn>(grants: readonly Grant<Arn>[]) =>
  grants.map(({ actions, resources, conditions }) => ({
    actions: [...actions],
    resources: [...resources],
    ...(conditions && {
      conditions: conditions.map(({ test, variable, values }) => ({
        test,
        variable,
        values: [...values],
      })),
    }),
  }));
