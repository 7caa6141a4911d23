import type { ErrorCode } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { IDEMPOTENCY_KEY_FORM } from "#core/domain/spec/idempotency-key.ts";

/** JSON Schema (2020-12), as OpenAPI 3.1 has it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface ParameterDescription {
  readonly description: string;
  /** Of type array: the parameter may be given several times. */
  readonly schema: JsonSchema;
}

export interface BodyDescription {
  /** false: the request may come without. */
  readonly required: boolean;
  /** A schema by its name in `scripts/openapi/schemas.ts`, or itself. */
  readonly schema: string | JsonSchema;
}

export interface AnswerDescription {
  readonly description: string;
  /** The type of `core/domain/spec/api.ts` that is sent as JSON, or a schema. */
  readonly json: string | JsonSchema;
  /** The answer is also offered as plain text, when it is asked for in that form. */
  readonly text?: string;
  /** The answer may come as server-sent events instead: which. */
  readonly events?: string;
  readonly headers?: Readonly<Record<string, ParameterDescription>>;
}

/**
 * What a route promises to the world: `docs/reference/openapi.json` is made of these by
 * `npm run generate`. It stands beside the handler in `<handler>.openapi.ts`, which no handler
 * imports, so that no Lambda loads it.
 */
export interface RouteDescription {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As in `app.ts`: `/v1/runs/:id`. */
  readonly path: string;
  /** The name of the operation: what a generated client calls it. */
  readonly id: string;
  readonly tag:
    | "runs"
    | "templates"
    | "schedules"
    | "workers"
    | "providers"
    | "scheduling"
    | "keys"
    | "audit"
    | "server";
  /** A line without full stop. */
  readonly summary: string;
  readonly description?: string;
  /** One for each `:name` in the path. */
  readonly pathParameters?: Readonly<Record<string, ParameterDescription>>;
  readonly query?: Readonly<Record<string, ParameterDescription>>;
  readonly headers?: Readonly<Record<string, ParameterDescription>>;
  readonly body?: BodyDescription;
  /** By status: every answer that is no refusal. */
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  /** Every code a refusal may have; its status is that of `problem.ts`. */
  readonly refusals: readonly ErrorCode[];
  /** What a caller's key must allow; absent = nothing. */
  readonly scope?: string;
}

/** Of every route that asks who calls. */
const DOOR_REFUSALS = ["Unauthenticated", "Forbidden", "RateLimited"] as const;

/** Of every route that asks who calls, reads its request strictly and asks the store. */
export const COMMON_REFUSALS = [
  ...DOOR_REFUSALS,
  ...(["InvalidRequest", "StoreUnavailable", "Internal"] as const),
];

export const UUID: JsonSchema = { type: "string", format: "uuid" };

/** How many items a page may hold. */
export const PAGE_LIMIT: ParameterDescription = {
  description: "How many items the page may hold.",
  schema: {
    type: "integer",
    minimum: 1,
    maximum: limits.pageItemsMax,
    default: limits.pageItemsDefault,
  },
};

export const PHASE_FILTER: ParameterDescription = {
  description: "Only runs in one of these phases; may also be separated by commas.",
  schema: { type: "array", items: { $ref: "#/components/schemas/RunPhase" } },
};

export const IDEMPOTENCY_KEY = {
  "Idempotency-Key": {
    description: "The caller's name for this request: a repeat under it makes nothing new.",
    schema: IDEMPOTENCY_KEY_FORM,
  },
};

/** Of what a submit makes. */
const LOCATION = {
  location: {
    description: "Where the run is.",
    schema: { type: "string", pattern: "^/v1/runs/" },
  },
};

export const SUBMIT_ANSWERS: Readonly<Record<number, AnswerDescription>> = {
  200: { description: "The run that this key made before.", json: "RunBody", headers: LOCATION },
  201: { description: "The new run.", json: "RunBody", headers: LOCATION },
};

const SWITCH: JsonSchema = { type: "string", enum: ["1", "true", "0", "false"], default: "0" };

/** Something is watched: the answer is made of server-sent events. */
export const WATCH: Readonly<Record<string, ParameterDescription>> = {
  watch: { description: "`1`: server-sent events, what is and what changes.", schema: SWITCH },
  since: {
    description: "With `watch`: the id of the last event that the caller has.",
    schema: { type: "string" },
  },
};

export const FOLLOW: Readonly<Record<string, ParameterDescription>> = {
  follow: {
    description: "`1`: waits as long as it may; server-sent events when they are accepted.",
    schema: SWITCH,
  },
};

export const LAST_EVENT_ID: Readonly<Record<string, ParameterDescription>> = {
  "Last-Event-ID": {
    description: "Of who connects again to the events: the id of the last one.",
    schema: { type: "string" },
  },
};

export const RUN_ID = { id: { description: "Id of the run.", schema: UUID } };
