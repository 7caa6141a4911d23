import {
  COMMON_REFUSALS,
  LAST_EVENT_ID,
  PAGE_LIMIT,
  type RouteDescription,
  RUN_ID,
  UUID,
  WATCH,
} from "./route-description.ts";
import { ATTEMPT_MAX } from "./usage.ts";

const INSTANT = { type: "string", format: "date-time" };

const COMMON = {
  method: "GET",
  scope: "read",
  description:
    "Of what was reported in heartbeats while there was a run, kept for a day; written about every 30 s.",
  query: {
    attempt: {
      description: "Only this attempt of a run.",
      schema: { type: "integer", minimum: 1, maximum: ATTEMPT_MAX },
    },
    from: { description: "Only what was reported then or later.", schema: INSTANT },
    to: { description: "Only what was reported until then.", schema: INSTANT },
    limit: { ...PAGE_LIMIT, description: "How many points there may be, the newest." },
    ...WATCH,
  },
  headers: LAST_EVENT_ID,
  answers: {
    200: {
      description: "The total and its points.",
      json: "UsageBody",
      events:
        "With `watch`: points, each a `usage`, again when it grew; `end` when no more can come.",
    },
  },
} as const;

export const readRunUsageRoute: RouteDescription = {
  ...COMMON,
  path: "/v1/runs/:id/usage",
  id: "readRunUsage",
  tag: "runs",
  summary: "What a run used, altogether and over time",
  pathParameters: RUN_ID,
  refusals: [...COMMON_REFUSALS, "RunNotFound"],
};

export const readWorkerUsageRoute: RouteDescription = {
  ...COMMON,
  path: "/v1/workers/:id/usage",
  id: "readWorkerUsage",
  tag: "workers",
  summary: "What a worker used for its runs, altogether and over time",
  pathParameters: { id: { description: "Id of the worker.", schema: UUID } },
  refusals: [...COMMON_REFUSALS, "WorkerNotFound"],
};
