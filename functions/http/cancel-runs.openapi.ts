import { limits } from "#core/domain/limits.ts";
import { LABEL_KEY_FORM, LABEL_VALUE_FORM } from "#core/domain/spec/kubernetes-label.ts";
import { REASON_CHARS_MAX } from "./cancel-request.ts";
import { PHASES } from "./cancel-runs.ts";
import { COMMON_REFUSALS, type JsonSchema, type RouteDescription } from "./route-description.ts";

const COUNT: JsonSchema = {
  type: ["integer", "null"],
  minimum: 0,
  maximum: limits.bulkCancelCountMax,
};

export const cancelRunsRoute: RouteDescription = {
  method: "POST",
  path: "/v1/runs/cancel",
  scope: "submit",
  id: "cancelRuns",
  tag: "runs",
  summary: "Cancel runs by their labels, or count them",
  description: "Some of them by one call: `next` goes back as `cursor` until it is null.",
  body: {
    required: true,
    schema: {
      type: "object",
      properties: {
        labels: {
          description: "A run must have all of them.",
          type: "object",
          propertyNames: LABEL_KEY_FORM,
          additionalProperties: LABEL_VALUE_FORM,
          minProperties: 1,
          maxProperties: limits.labelEntriesMax,
        },
        phases: {
          description: "Which of these runs; null = all that are not final.",
          type: ["array", "null"],
          items: { type: "string", enum: PHASES },
          minItems: 1,
        },
        reason: {
          description: "Why, for those who look at a run later.",
          type: ["string", "null"],
          maxLength: REASON_CHARS_MAX,
        },
        dryRun: { description: "true: only counts.", type: ["boolean", "null"] },
        expectedCount: { description: "Refuses when there are more or fewer.", ...COUNT },
        allowedDifference: { description: "How many more or fewer are well.", ...COUNT },
        cursor: {
          description: "The `next` of the answer before.",
          type: ["string", "null"],
          pattern: "^\\d{1,16}$",
        },
      },
      required: ["labels"],
      additionalProperties: false,
    },
  },
  answers: { 200: { description: "What became of them.", json: "BulkCancelBody" } },
  refusals: [...COMMON_REFUSALS, "Conflict", "SpecTooLarge"],
};
