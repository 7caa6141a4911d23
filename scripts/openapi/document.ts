/** Puts the OpenAPI 3.1 document together from the descriptions of routes and the named schemas. */
import { DomainError, type ErrorCode } from "#core/domain/errors.ts";
import { problemResponse } from "../../functions/http/problem.ts";
import type {
  AnswerDescription,
  JsonSchema,
  ParameterDescription,
  RouteDescription,
} from "../../functions/http/route-description.ts";
import type { Schemas } from "./schemas.ts";

type Json = Readonly<Record<string, unknown>>;

export interface OpenApiDocument extends Json {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: { readonly schemas: Schemas; readonly responses: Json } & Json;
}

const DESCRIPTION = `Hodei runs jobs on workers that come and go.

Instants are RFC 3339 in UTC. \`null\` means not yet, or nothing to say. Fields are only ever added: a
client passes over those that it does not know. Requests are read strictly: an unknown field or
parameter is refused. Every refusal is an RFC 9457 problem document whose \`code\` is one of a closed
list. 429 and 503 say in \`Retry-After\` when to come again.`;

/** The document. Throws for a schema nobody made and for a path parameter nobody described. */
export function buildDocument(
  routes: readonly RouteDescription[],
  schemas: Schemas,
  version: string,
): OpenApiDocument {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  const responses = responsesOf(routes);
  return {
    openapi: "3.1.1",
    info: {
      title: "Hodei",
      version,
      description: DESCRIPTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "http://127.0.0.1:7300", description: "Local mode" }],
    security: [{}, { bearer: [] }],
    tags: [
      { name: "runs", description: "What was asked for, and what became of it." },
      { name: "templates", description: "What runs are made from, again and again." },
      { name: "workers", description: "Who executes runs." },
      { name: "providers", description: "What makes the machines of workers." },
      { name: "scheduling", description: "Which worker a run gets." },
      { name: "server", description: "The API itself." },
    ],
    paths,
    components: {
      schemas: reachable({ paths, responses }, schemas),
      responses,
      headers: {
        RequestId: { description: "Names the request; the log has it too.", schema: TEXT },
        RetryAfter: { description: "Seconds to wait before a repeat.", schema: COUNT },
      },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "What the front door asks for." },
      },
    },
  };
}

const TEXT = { type: "string" };
const COUNT = { type: "integer", minimum: 0 };
const JSON_TYPE = "application/json";

function operation(route: RouteDescription): Json {
  const { id, tag, summary, description, body, scope } = route;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(scope === undefined ? {} : { security: [{ bearer: [scope] }] }),
    parameters: [
      ...pathParameters(route),
      ...parameters("query", route.query),
      ...parameters("header", route.headers),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: { [JSON_TYPE]: { schema: schemaOf(body.schema) } },
          },
        }),
    responses: { ...answers(route.answers), ...referencesTo(refusals(route)) },
  };
}

const parameters = (
  place: "path" | "query" | "header",
  described: Readonly<Record<string, ParameterDescription>> = {},
): Json[] =>
  Object.entries(described).map(([name, { description, schema }]) => ({
    name,
    in: place,
    description,
    ...(place === "path" ? { required: true } : {}),
    schema,
  }));

function pathParameters({ path, pathParameters: described = {} }: RouteDescription): Json[] {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
  const silent = names.filter((name) => !(name in described));
  if (silent.length > 0) throw new Error(`${path}: nobody described ${silent.join(", ")}`);
  return parameters("path", described);
}

const schemaOf = (schema: string | JsonSchema): JsonSchema =>
  typeof schema === "string" ? { $ref: `#/components/schemas/${schema}` } : schema;

const REQUEST_ID = { "x-request-id": { $ref: "#/components/headers/RequestId" } };

const answers = (described: Readonly<Record<number, AnswerDescription>>): Json =>
  Object.fromEntries(
    Object.entries(described).map(([status, { description, json, text, events, headers }]) => [
      status,
      {
        description,
        headers: { ...REQUEST_ID, ...headers },
        content: {
          [JSON_TYPE]: { schema: schemaOf(json) },
          ...(text === undefined
            ? {}
            : { "text/plain": { schema: { ...TEXT, description: text } } }),
          ...(events === undefined
            ? {}
            : { "text/event-stream": { schema: { ...TEXT, description: events } } }),
        },
      },
    ]),
  );

interface Refusal {
  readonly status: number;
  /** Of the response among the components: routes refuse alike, and the document says it once. */
  readonly name: string;
  readonly response: Json;
}

const referencesTo = (refused: readonly Refusal[]): Json =>
  Object.fromEntries(
    refused.map(({ status, name }) => [status, { $ref: `#/components/responses/${name}` }]),
  );

const responsesOf = (routes: readonly RouteDescription[]): Json =>
  Object.fromEntries(
    routes
      .flatMap(refusals)
      .sort((a, b) => a.name.localeCompare(b.name))
      .map(({ name, response }) => [name, response]),
  );

/** A problem document for each status that the codes of a route have. */
function refusals({ refusals: codes, body, headers = {} }: RouteDescription): Refusal[] {
  const known = codes.map((code) => ({ code, ...answerTo(code) }));
  // A body of another type: HTTP's own status, which is finer than the one of the code.
  const ofType = body === undefined ? [] : [{ code: "InvalidRequest", status: 415, again: false }];
  // So has a condition that does not hold.
  const ofMatch = "If-Match" in headers ? [{ code: "Conflict", status: 412, again: false }] : [];
  const byStatus = Map.groupBy([...known, ...ofType, ...ofMatch], ({ status }) => status);
  return [...byStatus].map(([status, some]) => {
    const names = some.map(({ code }) => code);
    const retry = { "retry-after": { $ref: "#/components/headers/RetryAfter" } };
    return {
      status,
      name: names.join("Or"),
      response: {
        description: names.join(", "),
        headers: some.every(({ again }) => again) ? { ...REQUEST_ID, ...retry } : REQUEST_ID,
        content: { "application/problem+json": { schema: problemOf(names) } },
      },
    };
  });
}

const problemOf = (codes: readonly string[]): JsonSchema => ({
  allOf: [schemaOf("ProblemBody"), { type: "object", properties: { code: { enum: codes } } }],
});

function answerTo(code: ErrorCode): { status: number; again: boolean } {
  const { status, headers } = problemResponse(new DomainError(code, ""), "");
  return { status, again: headers.has("retry-after") };
}

/** The schemas that these parts of a document name, and those that these name. */
function reachable(parts: Json, schemas: Schemas): Schemas {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    for (const [, name = ""] of JSON.stringify(value).matchAll(
      /"#\/components\/schemas\/([^"]+)"/g,
    )) {
      if (found.has(name)) continue;
      const schema = schemas[name];
      if (schema === undefined) throw new Error(`there is no schema ${name}`);
      found.add(name);
      look(schema);
    }
  };
  look(parts);
  return Object.fromEntries([...found].sort().map((name) => [name, schemas[name] as JsonSchema]));
}
