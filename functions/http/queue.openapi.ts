import { COMMON_REFUSALS, type RouteDescription } from "./route-description.ts";

export const getQueueRoute: RouteDescription = {
  method: "GET",
  path: "/v1/queue",
  scope: "read",
  id: "getQueue",
  tag: "scheduling",
  summary: "What waits and why, and what runs",
  description: "Counts end at a bound, and say so.",
  answers: { 200: { description: "The counts, all of one instant.", json: "QueueBody" } },
  refusals: COMMON_REFUSALS,
};
