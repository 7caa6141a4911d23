import * as grants from "../../../infra/grants.ts";
import { ACCOUNT } from "../offline/aws-answers.ts";
import type { GraphNode, GraphReader, Statement } from "../offline/graph.ts";
import { type Check, unless } from "./check.ts";

const HERE = `eu-west-1:${ACCOUNT}`;

type Grants = readonly grants.Grant<string>[];

const arnOf = (graph: GraphReader, type: string, name = ""): string =>
  graph.one(type, name).made.arn;

/** Every role that a stage has, with all it may do and why. */
export function grantsByRole(graph: GraphReader, stage: string): Map<string, Grants> {
  const secret = (name: string) => arnOf(graph, "aws:secretsmanager/secret:Secret", name);
  const role = (name: string) => arnOf(graph, "aws:iam/role:Role", name);
  const call = (name: string) => arnOf(graph, "aws:lambda/function:Function", name);
  const database = graph.one("aws:rds/cluster:Cluster").made;
  const cluster = arnOf(graph, "aws:ecs/cluster:Cluster");
  const worker = graph.one("aws:ecs/taskDefinition:TaskDefinition", "Worker").made;
  const logs = (program: string) =>
    grants.writeLogs(`arn:aws:logs:${HERE}:log-group:/hodei/${stage}/${program}:*`);
  const queue = arnOf(graph, "aws:sqs/queue:Queue", "WakeQueue");
  const image = grants.pullImage(`arn:aws:ecr:${HERE}:repository/sst-asset`);
  const queries = grants.queryDatabase(database.arn, secret("FunctionsDatabase"));
  const reconciles = [
    ...queries,
    ...grants.readSecret(
      secret("BootstrapKeys"),
      "Derives the one-shot token of each worker it starts.",
    ),
    ...grants.wakeReconciler(queue),
    ...grants.runWorkers({
      cluster,
      taskDefinitions: `${worker.arnWithoutRevision}:*`,
      tasks: `${cluster.replace(":cluster/", ":task/")}/*`,
      roles: [role("WorkerTaskRole"), role("WorkerExecutionRole")],
    }),
    ...(stage === "production"
      ? []
      : grants.switchGateways(arnOf(graph, "aws:ecs/service:Service"))),
  ];
  const invoke = (name: string): Grants => [
    {
      reason: "Calls it by the clock.",
      actions: ["lambda:InvokeFunction"],
      resources: [call(name)],
    },
  ];
  return new Map<string, Grants>([
    ["HttpRole", [...queries, ...grants.wakeReconciler(queue), ...logs("Http")]],
    ["AuthoriserRole", [...queries, ...logs("Authoriser")]],
    ["TickRole", [...reconciles, ...logs("Tick")]],
    ["SweepRole", [...reconciles, ...logs("Sweep")]],
    ["WakeRole", [...reconciles, ...grants.receiveWakes(queue), ...logs("Wake")]],
    ["TaskChangedRole", [...reconciles, ...logs("TaskChanged")]],
    [
      "MigrateRole",
      [
        ...grants.queryDatabase(database.arn, secret("DatabaseProxySecret")),
        ...grants.readSecret(
          secret("FunctionsDatabase"),
          "Gives the functions' role in the database its password.",
        ),
        ...logs("Migrate"),
      ],
    ],
    ["TickScheduleRole", invoke("TickFunction")],
    ["SweepScheduleRole", invoke("SweepFunction")],
    [
      "GatewayTaskRole",
      [
        ...grants.signInToDatabase(
          `arn:aws:rds-db:${HERE}:dbuser:${database.clusterResourceId}/hodei_gateway`,
        ),
        ...grants.wakeReconciler(queue),
      ],
    ],
    [
      "GatewayExecutionRole",
      [
        ...grants.readSecret(
          secret("GatewayTlsCertificate"),
          "ECS hands the gateway its certificate.",
        ),
        ...grants.readSecret(secret("GatewayTlsKey"), "ECS hands the gateway its private key."),
        ...image,
        ...logs("Gateway"),
      ],
    ],
    ["WorkerTaskRole", []],
    ["WorkerExecutionRole", [...image, ...logs("Worker")]],
  ]);
}

const textOf = ({ Action, Resource, Condition = {} }: Omit<Statement, "Effect">): string =>
  JSON.stringify([[...Action].sort(), [...Resource].sort(), Condition]);

function textOfGrant({ actions, resources, conditions = [] }: grants.Grant<string>): string {
  const condition: Record<string, Record<string, unknown>> = {};
  for (const { test, variable, values } of conditions)
    condition[test] = { ...condition[test], [variable]: values.length === 1 ? values[0] : values };
  return textOf({ Action: actions, Resource: resources, Condition: condition });
}

export const permissionsAreListed: Check = {
  name: "each role may do what infra/grants.ts lists for it, and nothing else",
  problems({ graph, name }) {
    const expected = grantsByRole(graph, name);
    const roles = graph.ofType("aws:iam/role:Role");
    const unknown = roles.filter((role) => !expected.has(role.name) && !isOfNat(role));
    return [
      ...unknown.map((role) => `${role.name} is a role that nobody listed`),
      ...[...expected].flatMap(([roleName, allowed]) => {
        const role = roles.find((each) => each.name === roleName);
        if (!role) return [`${roleName} is missing`];
        const listed = allowed.map(textOfGrant).sort();
        const given = graph.statementsOf(role).map(textOf).sort();
        const managed: readonly string[] = role.inputs.managedPolicyArns ?? [];
        return [
          ...managed.map((arn) => `${roleName} has the managed policy ${arn}`),
          ...given
            .filter((text) => !listed.includes(text))
            .map((text) => `${roleName} may ${text}`),
          ...listed
            .filter((text) => !given.includes(text))
            .map((text) => `${roleName} lacks ${text}`),
        ];
      }),
    ];
  },
};

/** SST's own, for the small machine that is a NAT where no managed one is paid for. */
const isOfNat = ({ name }: GraphNode): boolean => name === "VpcNatInstanceRole";

/** AWS knows no narrower resource for these. */
const NO_RESOURCE = ["ecr:GetAuthorizationToken", "ecs:ListTasks"];

export const permissionsAreNarrow: Check = {
  name: "no action and no resource is a *, but where AWS takes nothing else",
  problems({ graph }) {
    return graph
      .ofType("aws:iam/role:Role")
      .flatMap((role) =>
        graph
          .statementsOf(role)
          .flatMap(({ Action, Resource }) => [
            ...Action.filter((action) => action.includes("*")).map((a) => `${role.name} may ${a}`),
            ...unless(
              !Resource.includes("*") || Action.every((action) => NO_RESOURCE.includes(action)),
              `${role.name} may ${Action.join(", ")} on everything`,
            ),
          ]),
      );
  },
};
