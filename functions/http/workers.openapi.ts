import { COMMON_REFUSALS, type RouteDescription } from "./route-description.ts";

export const listWorkersRoute: RouteDescription = {
  method: "GET",
  path: "/v1/workers",
  scope: "read",
  id: "listWorkers",
  tag: "workers",
  summary: "The newest workers",
  query: {
    all: {
      description: "`true`: also those that are gone and still remembered.",
      schema: { type: "boolean", default: false },
    },
  },
  answers: { 200: { description: "At most 500 workers.", json: "WorkerListBody" } },
  refusals: COMMON_REFUSALS,
};
