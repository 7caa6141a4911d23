import type { Scope } from "#core/domain/access/scope.ts";
import type { Environment } from "./environment.ts";

const LOCAL = "local";
/** Set by AWS itself in every Lambda function and every ECS task: no name of a stage talks them away. */
const DEPLOYED = ["AWS_LAMBDA_FUNCTION_NAME", "ECS_CONTAINER_METADATA_URI_V4"];

/**
 * `HODEI_ANONYMOUS`: what calls without an API key may do, `read` or `submit`; not set = nothing. For
 * one machine, and for the original's clients, which send no metadata at all. Only a process that was
 * told `HODEI_STAGE=local` takes it, and none that runs in Lambda or ECS: a deployed stage does not start.
 */
export function readAnonymous(environment: Environment): Scope | null {
  const stage = environment.text("HODEI_STAGE", "");
  const scope = environment.text("HODEI_ANONYMOUS", "");
  if (scope === "") return null;
  if (scope !== "read" && scope !== "submit") {
    environment.problem("HODEI_ANONYMOUS is neither read nor submit");
    return null;
  }
  const isDeployed = DEPLOYED.some((name) => environment.text(name, "") !== "");
  if (stage === LOCAL && !isDeployed) return scope;
  environment.problem("HODEI_ANONYMOUS is only for a local stage (HODEI_STAGE=local)");
  return null;
}
