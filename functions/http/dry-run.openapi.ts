import { COMMON_REFUSALS, type RouteDescription } from "./route-description.ts";

export const dryRunRoute: RouteDescription = {
  method: "POST",
  path: "/v1/runs/dry-run",
  scope: "submit",
  id: "dryRun",
  tag: "runs",
  summary: "Say what would become of a run",
  description:
    "Refuses what a submit refuses, and else says which worker the next look at the queue would give it. Nothing is stored.",
  body: { required: true, schema: "RunInput" },
  answers: {
    200: { description: "The complete spec, and what would be decided.", json: "ForeseenBody" },
  },
  refusals: [...COMMON_REFUSALS, "InvalidSpec", "SpecTooLarge", "Unplaceable"],
};
