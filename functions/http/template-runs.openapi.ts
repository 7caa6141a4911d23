import {
  COMMON_REFUSALS,
  IDEMPOTENCY_KEY,
  type JsonSchema,
  PHASE_FILTER,
  type RouteDescription,
  RUN_ID,
  SUBMIT_ANSWERS,
} from "./route-description.ts";
import { VERSION_FORM } from "./template-fields.ts";
import { NUMBERED_PAGE, TEMPLATE_REFERENCE } from "./templates.openapi.ts";

const PARAMETERS = {
  description: "Values by name. Text may stand for a number, true or false.",
  type: ["object", "null"],
  additionalProperties: { type: ["string", "number", "boolean", "null"] },
};

const asked = (version: JsonSchema) => ({
  required: false,
  schema: {
    type: "object",
    properties: { version, parameters: PARAMETERS },
    additionalProperties: false,
  },
});

const SUBMIT_REFUSALS = [
  ...COMMON_REFUSALS,
  ...(["TemplateNotFound", "TemplateNotActive", "Unplaceable"] as const),
  ...(["IdempotencyConflict", "QueueFull", "SpecTooLarge"] as const),
];

export const runTemplateRoute: RouteDescription = {
  method: "POST",
  path: "/v1/templates/:reference/runs",
  scope: "submit",
  id: "runTemplate",
  tag: "templates",
  summary: "Make the next run of a template",
  pathParameters: TEMPLATE_REFERENCE,
  headers: IDEMPOTENCY_KEY,
  body: asked({
    description: "One of its versions; null = the newest.",
    ...VERSION_FORM,
    type: ["integer", "null"],
  }),
  answers: SUBMIT_ANSWERS,
  refusals: SUBMIT_REFUSALS,
};

export const listTemplateRunsRoute: RouteDescription = {
  method: "GET",
  path: "/v1/templates/:reference/runs",
  scope: "read",
  id: "listTemplateRuns",
  tag: "templates",
  summary: "The runs of a template by number, newest first",
  pathParameters: TEMPLATE_REFERENCE,
  query: { phase: PHASE_FILTER, ...NUMBERED_PAGE },
  answers: { 200: { description: "The page.", json: "RunListBody" } },
  refusals: [...COMMON_REFUSALS, "TemplateNotFound"],
};

export const rerunRoute: RouteDescription = {
  method: "POST",
  path: "/v1/runs/:id/rerun",
  scope: "submit",
  id: "rerunRun",
  tag: "runs",
  summary: "Make a run once more",
  description:
    "A run from a template becomes the template's next run, with its values where the request gives no others; a plain run is submitted with the same spec.",
  pathParameters: RUN_ID,
  headers: IDEMPOTENCY_KEY,
  body: asked({
    description: "Of the template: the version that the run had, or the newest.",
    type: "string",
    enum: ["pinned", "latest"],
    default: "pinned",
  }),
  answers: SUBMIT_ANSWERS,
  refusals: [...SUBMIT_REFUSALS, "RunNotFound", "InvalidSpec"],
};
