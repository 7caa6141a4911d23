import { REASON_CHARS_MAX } from "./cancel-request.ts";
import {
  COMMON_REFUSALS,
  IDEMPOTENCY_KEY,
  LAST_EVENT_ID,
  PAGE_LIMIT,
  PHASE_FILTER,
  type RouteDescription,
  RUN_ID,
  SUBMIT_ANSWERS,
  WATCH,
} from "./route-description.ts";

export const submitRunRoute: RouteDescription = {
  method: "POST",
  path: "/v1/runs",
  scope: "submit",
  id: "submitRun",
  tag: "runs",
  summary: "Submit a run",
  headers: IDEMPOTENCY_KEY,
  body: { required: true, schema: "RunInput" },
  answers: SUBMIT_ANSWERS,
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
    ...WATCH,
    phase: PHASE_FILTER,
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
  headers: LAST_EVENT_ID,
  answers: {
    200: {
      description: "The page.",
      json: "RunListBody",
      events: "With `watch`: the page as an event `runs`, again whenever it changed.",
    },
  },
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
  query: WATCH,
  headers: LAST_EVENT_ID,
  answers: {
    200: {
      description: "The run.",
      json: "RunBody",
      events:
        "With `watch`: what happened and happens, each an `event`, then the `run` as it is; `end` when it is final.",
    },
  },
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
