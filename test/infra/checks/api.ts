import { limits } from "../../../core/domain/limits.ts";
import { type Check, differences, unless } from "./check.ts";

export const apiIsGuarded: Check = {
  name: "every route but the health check asks the authoriser; calls are throttled and logged",
  problems({ graph }) {
    const routes = graph
      .ofType("aws:apigatewayv2/route:Route")
      .map(({ inputs }) => [inputs.routeKey, inputs.authorizationType] as const);
    const stage = graph.one("aws:apigatewayv2/stage:Stage").inputs;
    const authoriser = graph.one("aws:apigatewayv2/authorizer:Authorizer").inputs;
    return [
      ...unless(
        JSON.stringify(Object.fromEntries([...routes].sort())) ===
          JSON.stringify({ $default: "CUSTOM", "GET /healthz": "NONE" }),
        `routes: ${JSON.stringify(routes)}`,
      ),
      ...differences("throttle", stage.defaultRouteSettings, {
        throttlingRateLimit: limits.apiCallsPerSecond,
        throttlingBurstLimit: limits.apiCallsBurst,
      }),
      ...unless(Boolean(stage.accessLogSettings?.destinationArn), "no access log"),
      ...differences("authoriser", authoriser, {
        authorizerType: "REQUEST",
        authorizerPayloadFormatVersion: "2.0",
        enableSimpleResponses: true,
        identitySources: ["$request.header.Authorization"],
        authorizerResultTtlInSeconds: limits.authoriserCacheSeconds,
      }),
      ...unless(
        Object.keys(graph.one("aws:apigatewayv2/api:Api").inputs.corsConfiguration ?? {}).length ===
          0,
        "browsers of other origins may call",
      ),
    ];
  },
};

export const functionsAreAlike: Check = {
  name: "functions are Node 24 on arm64, outside the VPC, with logs that end",
  problems({ graph, isProduction, name }) {
    const days = isProduction ? 90 : name === "staging" ? 30 : 7;
    const groups = graph.ofType("aws:cloudwatch/logGroup:LogGroup");
    return [
      ...graph.ofType("aws:lambda/function:Function").flatMap((node) => [
        ...differences(node.name, node.inputs, {
          runtime: "nodejs24.x",
          architectures: ["arm64"],
        }),
        ...unless(node.inputs.vpcConfig === undefined, `${node.name} is in the VPC`),
      ]),
      ...groups
        .filter(({ inputs }) => !inputs.name?.startsWith("/aws/vendedlogs/"))
        .flatMap((group) => differences(group.name, group.inputs, { retentionInDays: days })),
      ...groups.flatMap((group) =>
        unless(group.inputs.retentionInDays > 0, `${group.name} is kept for ever`),
      ),
    ];
  },
};
