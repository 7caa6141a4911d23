import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../offline/evaluate-stage.ts";
import type { GraphReader } from "../offline/graph.ts";
import { type Check, differences, unless } from "./check.ts";

interface Container {
  readonly healthCheck: { readonly command: readonly string[] };
  readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[];
  readonly pseudoTerminal: boolean;
  readonly linuxParameters: { readonly initProcessEnabled: boolean };
}

const containerOf = (graph: GraphReader, name: string): Container => {
  const { containerDefinitions } = graph.one("aws:ecs/taskDefinition:TaskDefinition", name).inputs;
  return JSON.parse(containerDefinitions)[0];
};

/** The last argument of HEALTHCHECK's command in the image. */
const healthOfImage = (): string => {
  const dockerfile = readFileSync(join(ROOT, "gateway/Dockerfile"), "utf8");
  const [, command = "[]"] = /CMD (\[.*\])/.exec(dockerfile) ?? [];
  return (JSON.parse(command) as string[]).at(-1) ?? "";
};

export const gatewayIsKept: Check = {
  name: "the gateway is replaced before it goes, rolled back when it fails, two in production",
  problems({ graph, isProduction, name }) {
    const { inputs } = graph.one("aws:ecs/service:Service");
    const scaling = graph.one("aws:appautoscaling/target:Target").inputs;
    const [min, max] = isProduction ? [2, 10] : name === "staging" ? [1, 3] : [1, 2];
    return [
      ...differences("service", inputs, {
        deploymentCircuitBreaker: { enable: true, rollback: true },
        enableExecuteCommand: false,
        desiredCount: min,
      }),
      ...unless((inputs.deploymentMinimumHealthyPercent ?? 100) >= 100, "it goes before the next"),
      ...differences("scaling", scaling, { minCapacity: min, maxCapacity: max }),
      ...unless(
        graph
          .ofType("aws:appautoscaling/policy:Policy")
          .some((policy) => JSON.stringify(policy.inputs).includes('"streams_open"')),
        "it does not scale with its streams",
      ),
    ];
  },
};

export const gatewaySpeaksTls: Check = {
  name: "gRPC is TLS inside and outside, with a key that only ECS hands over",
  problems({ graph }) {
    const { secrets, healthCheck } = containerOf(graph, "Gateway");
    const secret = (name: string) => graph.one("aws:secretsmanager/secret:Secret", name).made.arn;
    const expected = [
      { name: "HODEI_TLS_CERT", valueFrom: secret("GatewayTlsCertificate") },
      { name: "HODEI_TLS_KEY", valueFrom: secret("GatewayTlsKey") },
    ];
    const certificate = graph.one("tls:index/certRequest:CertRequest").inputs;
    const [name] = certificate.dnsNames;
    const { HODEI_GATEWAY_URL: url } = graph.one("aws:lambda/function:Function", "TickFunction")
      .inputs.environment.variables;
    const [balancer] = graph.ofType("aws:lb/loadBalancer:LoadBalancer");
    return [
      ...unless(JSON.stringify(secrets) === JSON.stringify(expected), "other secrets"),
      ...unless(
        healthCheck.command.at(-1) === healthOfImage(),
        "ECS asks otherwise than the image",
      ),
      ...unless(
        url === `https://${name}:50051` && name === graph.graph.outputs.grpcInside,
        `workers call ${url}, the certificate is for ${certificate.dnsNames}`,
      ),
      ...(balancer ? problemsOfBalancer(graph) : []),
    ];
  },
};

function problemsOfBalancer(graph: GraphReader): readonly string[] {
  const listener = graph.one("aws:lb/listener:Listener").inputs;
  const target = graph.one("aws:lb/targetGroup:TargetGroup").inputs;
  return [
    ...differences("listener", listener, { port: 443, protocol: "HTTPS" }),
    ...unless(/TLS13/.test(listener.sslPolicy), `listener: ${listener.sslPolicy}`),
    ...differences("target", target, { protocol: "HTTPS", protocolVersion: "GRPC", port: 50_051 }),
    ...differences("health", target.healthCheck, {
      path: "/grpc.health.v1.Health/Check",
      matcher: "0",
    }),
  ];
}

export const balancerIsForAName: Check = {
  name: "a load balancer stands where callers outside have a name for it, and nowhere else",
  problems({ graph, isProduction }) {
    const balancers = graph.ofType("aws:lb/loadBalancer:LoadBalancer").length;
    return unless(balancers === (isProduction ? 1 : 0), `${balancers} load balancers`);
  },
};

export const workersHaveAnInit: Check = {
  name: "workers run under an init process, without a terminal, and old revisions stay startable",
  problems({ graph }) {
    const { linuxParameters, pseudoTerminal } = containerOf(graph, "Worker");
    const definition = graph.one("aws:ecs/taskDefinition:TaskDefinition", "Worker").inputs;
    return [
      ...unless(linuxParameters.initProcessEnabled, "no init process"),
      ...unless(!pseudoTerminal, "a terminal"),
      ...unless(definition.skipDestroy === true, "a revision goes with its release"),
    ];
  },
};
