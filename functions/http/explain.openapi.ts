import { COMMON_REFUSALS, type RouteDescription, RUN_ID } from "./route-description.ts";

export const explainRunRoute: RouteDescription = {
  method: "GET",
  path: "/v1/runs/:id/explain",
  scope: "read",
  id: "explainRun",
  tag: "runs",
  summary: "Why a run waits, and what would end that",
  description: "What the next look at the queue would decide, of what is stored now.",
  pathParameters: RUN_ID,
  answers: { 200: { description: "The explanation.", json: "ExplanationBody" } },
  refusals: [...COMMON_REFUSALS, "RunNotFound"],
};
