import { WAIT_SECONDS_MAX } from "./logs.ts";
import {
  COMMON_REFUSALS,
  FOLLOW,
  LAST_EVENT_ID,
  type RouteDescription,
  RUN_ID,
} from "./route-description.ts";

const CURSOR = { type: "string", pattern: "^\\d{1,9}\\.\\d{1,15}$" };

export const readLogsRoute: RouteDescription = {
  method: "GET",
  path: "/v1/runs/:id/logs",
  scope: "read",
  id: "readLogs",
  tag: "runs",
  summary: "The output of a run",
  description:
    "With `wait` it is a long poll: the answer comes as soon as there is something new or nothing can come any more, at the latest after that time.",
  pathParameters: RUN_ID,
  headers: LAST_EVENT_ID,
  query: {
    ...FOLLOW,
    cursor: {
      description: "The `next` of the page before: `<attempt>.<seq>`.",
      schema: { ...CURSOR, default: "0.0" },
    },
    wait: {
      description: "How many seconds to wait for something new.",
      schema: { type: "integer", minimum: 0, maximum: WAIT_SECONDS_MAX, default: 0 },
    },
    format: {
      description: "`text`: the bytes themselves, all streams in order.",
      schema: { type: "string", enum: ["json", "text"], default: "json" },
    },
  },
  answers: {
    200: {
      description: "The output behind the cursor.",
      json: "LogPageBody",
      text: "The bytes as the jobs wrote them.",
      events: "With `follow`: each piece as an event `log`, then `end`.",
      headers: {
        "Hodei-Next-Cursor": { description: "As text: `next`.", schema: CURSOR },
        "Hodei-Complete": {
          description: "As text: `complete`.",
          schema: { type: "string", enum: ["true", "false"] },
        },
      },
    },
  },
  refusals: [...COMMON_REFUSALS, "RunNotFound"],
};

export const verifyLogsRoute: RouteDescription = {
  method: "GET",
  path: "/v1/runs/:id/logs/verify",
  scope: "read",
  id: "verifyLogs",
  tag: "runs",
  summary: "Whether the stored output of a run is all of it",
  description:
    "Of each attempt one word, and the gaps: `open` (it lives), `arriving` (it has ended, the last of it may still be on its way), `complete` (everything that it wrote is stored), `truncated` (everything up to the cap is), `gaps` (pieces are missing), `unknown-end` (its worker was lost before it could say how much there was), `deleted` (the run is past its time to live), `unchecked` (there is more than one answer looks at).",
  pathParameters: RUN_ID,
  answers: { 200: { description: "The verdict.", json: "LogVerdictBody" } },
  refusals: [...COMMON_REFUSALS, "RunNotFound"],
};
