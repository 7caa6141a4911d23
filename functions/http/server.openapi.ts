import { COMMON_REFUSALS, type RouteDescription } from "./route-description.ts";

export const healthRoute: RouteDescription = {
  method: "GET",
  path: "/healthz",
  id: "getHealth",
  tag: "server",
  summary: "Whether the process answers",
  answers: {
    200: {
      description: "It does.",
      json: {
        type: "object",
        properties: { status: { type: "string", const: "ok" } },
        required: ["status"],
      },
    },
  },
  refusals: ["Internal"],
};

export const openApiRoute: RouteDescription = {
  method: "GET",
  path: "/v1/openapi.json",
  id: "getOpenApi",
  tag: "server",
  summary: "This description of the API",
  answers: { 200: { description: "An OpenAPI 3.1 document.", json: { type: "object" } } },
  scope: "read",
  refusals: COMMON_REFUSALS,
};
