import { limits } from "#core/domain/limits.ts";
import { IDEMPOTENCY_KEY_FORM } from "#core/domain/spec/idempotency-key.ts";
import { REASON_CHARS_MAX } from "./cancel-request.ts";
import { COMMON_REFUSALS, type RouteDescription, RUN_ID } from "./route-description.ts";

const { pageItemsMax, pageItemsDefault } = limits;
const PAGE_LIMIT = {
  description: "How many items the page may hold.",
  schema: { type: "integer", minimum: 1, maximum: pageItemsMax, default: pageItemsDefault },
};
const LOCATION = {
  location: {
    description: "Where the run is.",
    schema: { type: "string", pattern: "^/v1/runs/" },
  },
};

export const submitRunRoute: RouteDescription = {
  method: "POST",
  path: "/v1/runs",
  scope: "submit",
  id: "submitRun",
  tag: "runs",
  summary: "Submit a run",
  headers: {
    "Idempotency-Key": {
      description: "The caller's name for this submit: a repeat under it makes no second run.",
      schema: IDEMPOTENCY_KEY_FORM,
    },
  },
  body: { required: true, schema: "RunInput" },
  answers: {
    200: { description: "The run that this key made before.", json: "RunBody", headers: LOCATION },
    201: { description: "The new run.", json: "RunBody", headers: LOCATION },
  },
  refusals: [
    ...COMMON_REFUSALS,
    "InvalidSpec",
    "SpecTooLarge",
    "Unplaceable",
    "IdempotencyConflict",
    "QueueFull",
  ],
};

export const listRunsRoute: RouteDescription = {
  method: "GET",
  path: "/v1/runs",
  scope: "read",
  id: "listRuns",
  tag: "runs",
  summary: "A page of runs, newest first",
  query: {
    phase: {
      description: "Only runs in one of these phases; may also be separated by commas.",
      schema: { type: "array", items: { $ref: "#/components/schemas/RunPhase" } },
    },
    label: {
      description: "Only runs that have all of these labels, each `key=value`.",
      schema: {
        type: "array",
        items: { type: "string", pattern: "=" },
      },
    },
    limit: PAGE_LIMIT,
    cursor: {
      description: "The `next` of the page before.",
      schema: { type: "string", pattern: "^[\\w.~:=+/-]{1,512}$" },
    },
  },
  answers: { 200: { description: "The page.", json: "RunListBody" } },
  refusals: COMMON_REFUSALS,
};

export const getRunRoute: RouteDescription = {
  method: "GET",
  path: "/v1/runs/:id",
  scope: "read",
  id: "getRun",
  tag: "runs",
  summary: "One run with its complete spec",
  pathParameters: RUN_ID,
  answers: { 200: { description: "The run.", json: "RunBody" } },
  refusals: [...COMMON_REFUSALS, "RunNotFound"],
};

export const listAttemptsRoute: RouteDescription = {
  method: "GET",
  path: "/v1/runs/:id/attempts",
  scope: "read",
  id: "listAttempts",
  tag: "runs",
  summary: "The attempts of a run, oldest first",
  pathParameters: RUN_ID,
  answers: { 200: { description: "All attempts.", json: "AttemptListBody" } },
  refusals: [...COMMON_REFUSALS, "RunNotFound"],
};

export const listEventsRoute: RouteDescription = {
  method: "GET",
  path: "/v1/runs/:id/events",
  scope: "read",
  id: "listEvents",
  tag: "runs",
  summary: "What happened to a run, in order",
  pathParameters: RUN_ID,
  query: {
    since: {
      description: "Only events with a higher number: the `next` of the page before.",
      schema: { type: "integer", minimum: 0, default: 0 },
    },
    limit: PAGE_LIMIT,
  },
  answers: { 200: { description: "The events behind `since`.", json: "EventListBody" } },
  refusals: [...COMMON_REFUSALS, "RunNotFound"],
};

export const cancelRunRoute: RouteDescription = {
  method: "POST",
  path: "/v1/runs/:id/cancel",
  scope: "submit",
  id: "cancelRun",
  tag: "runs",
  summary: "Cancel a run",
  description: "Cancelling again is harmless.",
  pathParameters: RUN_ID,
  body: {
    required: false,
    schema: {
      type: "object",
      properties: {
        reason: {
          description: "Why, for those who look at the run later.",
          type: ["string", "null"],
          maxLength: REASON_CHARS_MAX,
        },
      },
      additionalProperties: false,
    },
  },
  answers: {
    200: { description: "The run is final.", json: "CancelBody" },
    202: { description: "An attempt lives and is being stopped.", json: "CancelBody" },
  },
  refusals: [...COMMON_REFUSALS, "RunNotFound", "AlreadyFinished", "SpecTooLarge"],
};
