import type { GraphNode, GraphReader } from "../offline/graph.ts";
import { type Check, differences, unless } from "./check.ts";

const environmentOf = (node: GraphNode): Record<string, string> =>
  node.inputs.environment?.variables ?? {};

/** Made ids of the subnets whose name says so. */
const subnets = (graph: GraphReader, kind: "Public" | "Private"): string[] =>
  graph
    .ofType("aws:ec2/subnet:Subnet")
    .filter(({ name }) => name.includes(kind))
    .map(({ made }) => made.id);

export const nobodyReachesWorkers: Check = {
  name: "workers take no connection, and the gateway and the database only from where they must",
  problems({ graph }) {
    const group = (name: string) => graph.one("aws:ec2/securityGroup:SecurityGroup", name);
    const from = (name: string): string[] =>
      (group(name).inputs.ingress ?? []).flatMap(
        ({ securityGroups = [], cidrBlocks = [], fromPort, toPort }: Record<string, string[]>) =>
          [...securityGroups!, ...cidrBlocks!].map(
            (source) => `${source} to ${fromPort}-${toPort}`,
          ),
      );
    const id = (name: string) => group(name).made.id;
    const expected: Record<string, readonly string[]> = {
      WorkerSecurityGroup: [],
      GatewaySecurityGroup: [
        `${id("WorkerSecurityGroup")} to 50051-50051`,
        `${id("LoadBalancerSecurityGroup")} to 50051-50051`,
      ],
      DatabaseSecurityGroup: [`${id("GatewaySecurityGroup")} to 5432-5432`],
      LoadBalancerSecurityGroup: ["0.0.0.0/0 to 443-443"],
    };
    const byDefault = graph.one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs.ingress;
    return [
      ...unless(byDefault.length === 0, "the VPC's own group lets in"),
      ...Object.entries(expected).flatMap(([name, sources]) =>
        unless(
          JSON.stringify(from(name)) === JSON.stringify(sources),
          `${name} lets in ${from(name).join(", ") || "nobody"}`,
        ),
      ),
    ];
  },
};

export const containersAreWhereTheyShould: Check = {
  name: "containers are in private subnets where there is a NAT, else in public ones with an address",
  problems({ graph }) {
    const hasNat =
      graph.ofType("aws:ec2/natGateway:NatGateway").length > 0 ||
      graph.ofType("aws:ec2/instance:Instance").length > 0;
    const wanted = subnets(graph, hasNat ? "Private" : "Public").sort();
    const { networkConfiguration: service } = graph.one("aws:ecs/service:Service").inputs;
    const worker = environmentOf(graph.one("aws:lambda/function:Function", "Tick"));
    const own = graph.one("aws:ec2/securityGroup:SecurityGroup", "WorkerSecurityGroup").made.id;
    return [
      ...unless(
        JSON.stringify([...service.subnets].sort()) === JSON.stringify(wanted),
        "the gateway is in other subnets",
      ),
      ...unless(service.assignPublicIp === !hasNat, "the gateway's public address"),
      ...differences("workers", worker, {
        HODEI_ECS_ASSIGN_PUBLIC_IP: String(!hasNat),
        HODEI_ECS_SECURITY_GROUPS: own,
      }),
      ...unless(
        worker.HODEI_ECS_SUBNETS?.split(",").sort().join() === wanted.join(),
        `workers are in ${worker.HODEI_ECS_SUBNETS}`,
      ),
    ];
  },
};

export const productionHasManagedNat: Check = {
  name: "a NAT in each zone in production, a small one in staging, none anywhere else",
  problems({ graph, name, isProduction }) {
    const managed = graph.ofType("aws:ec2/natGateway:NatGateway").length;
    const small = graph.ofType("aws:ec2/instance:Instance").length;
    return [
      ...unless(managed === (isProduction ? 2 : 0), `${managed} managed NATs`),
      ...unless(small === (name === "staging" ? 2 : 0), `${small} small NATs`),
    ];
  },
};
