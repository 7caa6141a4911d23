import { readFunctionConfig, readReconcileConfig } from "../../../functions/config.ts";
import { readConfig } from "../../../gateway/config.ts";
import { parseConfig } from "../../../worker/config.ts";
import type { GraphReader } from "../offline/graph.ts";
import { type Check, unless } from "./check.ts";

/** What Lambda and ECS set themselves. */
const GIVEN = { AWS_REGION: "eu-west-1" };

type Variables = Readonly<Record<string, string>>;
type Read = (variables: NodeJS.ProcessEnv) => unknown;

const RECONCILING = ["Tick", "Wake", "Sweep", "TaskChanged"];

const variablesOf = (graph: GraphReader, name: string): Variables =>
  graph.one("aws:lambda/function:Function", `${name}Function`).inputs.environment.variables;

interface Container {
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: readonly { readonly name: string }[];
}

const containerOf = (graph: GraphReader, name: string): Container => {
  const { containerDefinitions } = graph.one("aws:ecs/taskDefinition:TaskDefinition", name).inputs;
  return JSON.parse(containerDefinitions)[0];
};

/** Reads as the program itself does at its start; answers what it would die of. */
function refusal(name: string, read: Read, variables: Variables): readonly string[] {
  try {
    read({ ...GIVEN, ...variables });
    return [];
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

export const environmentsAreComplete: Check = {
  name: "every program can read its environment",
  problems({ graph }) {
    const unresolved = graph
      .ofType("aws:lambda/function:Function")
      .filter(({ inputs }) => JSON.stringify(inputs.environment).includes("Output<T>"))
      .map(({ name }) => `${name}: a value that was not waited for`);
    const functions: readonly (readonly [string, Read])[] = [
      ["Http", readFunctionConfig],
      ["Authoriser", readFunctionConfig],
      ...RECONCILING.map((name) => [name, readReconcileConfig] as const),
    ];
    const plain = (name: string) =>
      Object.fromEntries(
        containerOf(graph, name).environment.map((each) => [each.name, each.value]),
      );
    const { HODEI_GATEWAY_URL = "" } = variablesOf(graph, "Tick");
    const launched = { HODEI_SERVER_ADDRESS: HODEI_GATEWAY_URL, HODEI_OTP_TOKEN: "a token" };
    const nothing = () => Buffer.alloc(0);
    return [
      ...unresolved,
      ...functions.flatMap(([name, read]) => refusal(name, read, variablesOf(graph, name))),
      ...refusal("gateway", readConfig, plain("Gateway")),
      ...refusal("worker", (all) => parseConfig(all, nothing), { ...plain("Worker"), ...launched }),
      ...unless(
        containerNames(graph, "Worker").includes(
          variablesOf(graph, "Tick").HODEI_ECS_CONTAINER ?? "",
        ),
        "no container of that name gets the worker's variables",
      ),
    ];
  },
};

const containerNames = (graph: GraphReader, name: string): string[] => {
  const { containerDefinitions } = graph.one("aws:ecs/taskDefinition:TaskDefinition", name).inputs;
  return (JSON.parse(containerDefinitions) as { name: string }[]).map((each) => each.name);
};

export const stageIsSaid: Check = {
  name: "every program knows its stage, sends metrics under it, and takes no anonymous caller",
  problems({ graph, name }) {
    return graph.ofType("aws:lambda/function:Function").flatMap((node) => {
      const { HODEI_STAGE, HODEI_METRICS_NAMESPACE, HODEI_ANONYMOUS } =
        node.inputs.environment.variables;
      return [
        ...unless(HODEI_STAGE === name, `${node.name}: stage ${HODEI_STAGE}`),
        ...unless(HODEI_METRICS_NAMESPACE === `Hodei/${name}`, `${node.name}: metrics`),
        ...unless(HODEI_ANONYMOUS === undefined, `${node.name} lets strangers in`),
      ];
    });
  },
};
