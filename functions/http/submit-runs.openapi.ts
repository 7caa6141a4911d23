import { limits } from "#core/domain/limits.ts";
import { COMMON_REFUSALS, type RouteDescription } from "./route-description.ts";

export const submitRunsRoute: RouteDescription = {
  method: "POST",
  path: "/v1/runs/bulk",
  scope: "submit",
  id: "submitRuns",
  tag: "runs",
  summary: "Submit many runs in one request",
  description:
    "One run that is not valid, too large, or placeable nowhere refuses the request, and nothing is stored. Otherwise the answer says for each run, in order, what a submit of it alone would say.",
  body: {
    required: true,
    schema: {
      type: "object",
      properties: {
        runs: {
          type: "array",
          items: { $ref: "#/components/schemas/KeyedRunInput" },
          minItems: 1,
          maxItems: limits.bulkRunsMax,
        },
      },
      required: ["runs"],
      additionalProperties: false,
    },
  },
  answers: { 200: { description: "What became of each run.", json: "BulkBody" } },
  refusals: [...COMMON_REFUSALS, "InvalidSpec", "SpecTooLarge", "Unplaceable"],
};
