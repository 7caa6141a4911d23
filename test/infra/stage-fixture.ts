import type { Stage } from "./checks/check.ts";
import { evaluateStage } from "./offline/evaluate-stage.ts";
import { GraphReader } from "./offline/graph.ts";

/** What a person would have set. */
export const SECRETS = { BootstrapKeys: "the bootstrap keys" };

const PRODUCTION = {
  HODEI_GATEWAY_DOMAIN: "grpc.hodei.example",
  HODEI_GATEWAY_CERTIFICATE: "arn:aws:acm:eu-west-1:123456789012:certificate/gateway",
  HODEI_ALARM_EMAIL: "operators@hodei.example",
};

export interface EvaluatedStage extends Stage {
  /** Calls that the command line made to AWS while it evaluated. */
  readonly calls: readonly string[];
}

/** A stage as somebody would deploy it: production has a name and somebody to tell. */
export async function evaluatedStage(name: string, root?: string): Promise<EvaluatedStage> {
  const isProduction = name === "production";
  const { graph, calls } = await evaluateStage({
    stage: name,
    secrets: SECRETS,
    environment: isProduction ? PRODUCTION : {},
    ...(root !== undefined && { root }),
  });
  return { name, isProduction, calls, graph: new GraphReader(graph) };
}
