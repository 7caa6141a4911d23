import { limits } from "#core/domain/limits.ts";
import { SCHEDULER_DEFAULTS } from "#core/domain/scheduling/scheduler-config.ts";
import { STRATEGIES } from "#core/domain/spec/run-spec.ts";
import { COMMON_REFUSALS, type RouteDescription } from "./route-description.ts";

export const getSchedulerRoute: RouteDescription = {
  method: "GET",
  path: "/v1/scheduler",
  scope: "read",
  id: "getScheduler",
  tag: "scheduling",
  summary: "The configuration of scheduling",
  answers: { 200: { description: "The configuration.", json: "SchedulerBody" } },
  refusals: COMMON_REFUSALS,
};

export const putSchedulerRoute: RouteDescription = {
  method: "PUT",
  path: "/v1/scheduler",
  scope: "admin",
  id: "putScheduler",
  tag: "scheduling",
  summary: "Replace the configuration of scheduling",
  description: "What is left out gets its default.",
  body: {
    required: true,
    schema: {
      type: "object",
      properties: {
        strategy: {
          description: "For runs that name none.",
          type: "string",
          enum: STRATEGIES,
          default: SCHEDULER_DEFAULTS.strategy,
        },
        pendingRunsMax: {
          description: "Waiting runs beyond which a submit is refused with `QueueFull`.",
          type: "integer",
          minimum: 1,
          maximum: limits.pendingRunsMax,
          default: SCHEDULER_DEFAULTS.pendingRunsMax,
        },
        version: {
          description: "Of what is to be replaced; without it, whatever is there.",
          type: ["integer", "null"],
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
        },
      },
      additionalProperties: false,
    },
  },
  answers: { 200: { description: "The new configuration.", json: "SchedulerBody" } },
  refusals: [...COMMON_REFUSALS, "Conflict", "SpecTooLarge"],
};
