import { limits } from "#core/domain/limits.ts";
import { COMMON_REFUSALS, type RouteDescription, RUN_ID } from "./route-description.ts";

export const patchRunRoute: RouteDescription = {
  method: "PATCH",
  path: "/v1/runs/:id",
  scope: "submit",
  id: "patchRun",
  tag: "runs",
  summary: "Change a waiting run",
  description: "What is not named stays. Asking for what is so already is harmless.",
  pathParameters: RUN_ID,
  body: {
    required: true,
    schema: {
      type: "object",
      properties: {
        priority: {
          description: "Moves it in the queue as if it had been submitted so.",
          type: ["integer", "null"],
          minimum: limits.priorityMin,
          maximum: limits.priorityMax,
        },
        suspend: {
          description:
            "true: it leaves the queue, and its deadline does not run; false: it goes on.",
          type: ["boolean", "null"],
        },
      },
      minProperties: 1,
      additionalProperties: false,
    },
  },
  answers: { 200: { description: "The run as it is now.", json: "RunBody" } },
  refusals: [...COMMON_REFUSALS, "RunNotFound", "AlreadyFinished", "Conflict", "SpecTooLarge"],
};
