import { limits } from "#core/domain/limits.ts";
import { COMMON_REFUSALS, type RouteDescription } from "./route-description.ts";

const KEY_ID = {
  id: {
    description: "Id of the key: the hex digits between its underscores.",
    schema: { type: "string", pattern: "^[0-9a-f]{16}$" },
  },
};

export const createKeyRoute: RouteDescription = {
  method: "POST",
  path: "/v1/keys",
  id: "createKey",
  tag: "keys",
  summary: "Make an API key",
  description: "The answer alone has the key itself; nobody can show it again.",
  scope: "admin",
  body: {
    required: true,
    schema: {
      type: "object",
      additionalProperties: false,
      required: ["name", "scope"],
      properties: {
        name: {
          type: "string",
          pattern: `^[A-Za-z0-9]([\\w .@:/-]{0,${limits.apiKeyNameCharsMax - 2}}[\\w.@:/-])?$`,
          description: "What it is for, as the list shows it.",
        },
        scope: { $ref: "#/components/schemas/Scope" },
        lifetimeSeconds: {
          type: ["integer", "null"],
          minimum: 1,
          maximum: limits.apiKeyLifetimeSecondsMax,
          default: null,
          description: "null: it never expires.",
        },
      },
    },
  },
  answers: { 201: { description: "The new key.", json: "CreatedKeyBody" } },
  refusals: COMMON_REFUSALS,
};

export const listKeysRoute: RouteDescription = {
  method: "GET",
  path: "/v1/keys",
  id: "listKeys",
  tag: "keys",
  summary: "The newest API keys, without their secrets",
  scope: "admin",
  answers: { 200: { description: "The keys.", json: "KeyListBody" } },
  refusals: COMMON_REFUSALS,
};

export const revokeKeyRoute: RouteDescription = {
  method: "DELETE",
  path: "/v1/keys/:id",
  id: "revokeKey",
  tag: "keys",
  summary: "Revoke an API key for good",
  scope: "admin",
  pathParameters: KEY_ID,
  answers: { 200: { description: "The key, revoked.", json: "KeyBody" } },
  refusals: [...COMMON_REFUSALS, "KeyNotFound"],
};
