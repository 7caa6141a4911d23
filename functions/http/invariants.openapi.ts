import { limits } from "#core/domain/limits.ts";
import { COMMON_REFUSALS, type RouteDescription } from "./route-description.ts";

export const getInvariantsRoute: RouteDescription = {
  method: "GET",
  path: "/v1/invariants",
  scope: "read",
  id: "getInvariants",
  tag: "server",
  summary: "Whether the rows contradict each other, and whether somebody looks at them",
  description: `Every open run and the newest, up to ${limits.invariantRowsMax} each. What was found is answered again for ${limits.invariantsAgainMs / 1000} s: \`checkedAt\` says of when it is.`,
  answers: { 200: { description: "Every invariant.", json: "InvariantsBody" } },
  refusals: COMMON_REFUSALS,
};
