/**
 * Holds the app to `docs/reference/openapi.json`: every answer must be a described one, and what
 * was accepted must have been a request that the document allows. A document that is too narrow
 * or too wide fails every test that meets the difference.
 */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Hono } from "hono";
import type { HttpEnv } from "../../functions/http/http-env.ts";
import { readDocument } from "./documents.ts";

type Json = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: Json;
}

interface Content {
  readonly [mediaType: string]: { readonly schema: Json };
}

interface Answer {
  readonly headers?: Readonly<Record<string, Json>>;
  readonly content: Content;
}

export interface Operation {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Answer>>;
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>;
    readonly responses: Readonly<Record<string, Answer>>;
  };
}

export const apiDocument = withResponses(
  JSON.parse(readDocument("docs/reference/openapi.json").text),
);

/** With every response in the place where it is named. */
function withResponses(document: ApiDocument): ApiDocument {
  const { responses } = document.components;
  const at = (answer: Answer & { readonly $ref?: string }): Answer => {
    const name = answer.$ref?.replace("#/components/responses/", "");
    return name === undefined ? answer : (responses[name] as Answer);
  };
  for (const operations of Object.values(document.paths))
    for (const operation of Object.values(operations))
      for (const [status, answer] of Object.entries(operation.responses))
        Object.assign(operation.responses, { [status]: at(answer) });
  return document;
}

/**
 * Clients must pass over fields that they do not know; here such a field is one that nobody
 * described. Only what names its properties is closed.
 */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.fromEntries(
    Object.entries(schema).map(([key, part]) => [key, closed(part)]),
  );
  const isOpen = parts.type === "object" && "properties" in parts;
  return isOpen ? { additionalProperties: false, ...parts } : parts;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const schemas = Object.fromEntries(
  Object.entries(apiDocument.components.schemas).map(([name, schema]) => [name, closed(schema)]),
);
ajv.addSchema({ $id: "api", components: { schemas } });

const compiled = new Map<string, ValidateFunction>();

/** What is wrong with a value by a schema of the document; [] = nothing. */
export function complaints(schema: Json, value: unknown): string[] {
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/');
  const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text));
  compiled.set(text, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `${instancePath} ${message} ${JSON.stringify(params)}`.trim(),
  );
}

/** The operation that answers, null = none is described. A path without parameters goes first. */
export function operationAt(method: string, pathname: string): Operation | null {
  const known = Object.keys(apiDocument.paths).filter((template) =>
    new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}$`).test(pathname),
  );
  const [path = ""] = known.sort((a, b) => a.split("{").length - b.split("{").length);
  const name = method === "HEAD" ? "get" : method.toLowerCase();
  return apiDocument.paths[path]?.[name] ?? null;
}

/** The same app; a request or an answer that breaks the contract makes its call fail. */
export function underContract(app: Hono<HttpEnv>): Hono<HttpEnv> {
  const answer = app.fetch;
  app.fetch = async (request, ...rest) => {
    const { passed, bytesRead } = recorded(request);
    const response = await answer(passed, ...rest);
    const problems = await breaches(request, bytesRead, response);
    if (problems.length === 0) return response;
    const what = `${request.method} ${request.url}: ${response.status}`;
    throw new Error([what, ...problems].join("\n  "));
  };
  return app;
}

/** The request with its body noted as far as it is read: a clone would hold up who stops early. */
function recorded(request: Request): { passed: Request; bytesRead: Uint8Array[] } {
  const bytesRead: Uint8Array[] = [];
  if (request.body === null) return { passed: request, bytesRead };
  const noting = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      bytesRead.push(chunk);
      controller.enqueue(chunk);
    },
  });
  const { url, method, headers, signal } = request;
  const body = request.body.pipeThrough(noting);
  const init = { method, headers, signal, body, duplex: "half" } as RequestInit;
  return { passed: new Request(url, init), bytesRead };
}

async function breaches(
  request: Request,
  bytesRead: readonly Uint8Array[],
  response: Response,
): Promise<string[]> {
  if (request.method === "OPTIONS") return [];
  const operation = operationAt(request.method, new URL(request.url).pathname);
  if (operation === null) return nowhere(response);
  const answer = operation.responses[response.status];
  if (answer === undefined) return ["this status is not described"];
  const problems = await answerBreaches(answer, request, response);
  if (!response.ok) return problems;
  const body = Buffer.concat(bytesRead).toString();
  return [...problems, ...requestBreaches(operation, request, body)];
}

/** What nobody described is refused, in the form of every refusal. */
async function nowhere(response: Response): Promise<string[]> {
  if (![404, 405].includes(response.status)) return ["nobody described this route"];
  const body = await response.clone().text();
  return body === ""
    ? []
    : complaints({ $ref: "#/components/schemas/ProblemBody" }, JSON.parse(body));
}

async function answerBreaches(
  { headers = {}, content }: Answer,
  request: Request,
  response: Response,
): Promise<string[]> {
  const mediaType = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
  const media = content[mediaType];
  if (media === undefined) return [`the answer is ${mediaType}, which is not described`];
  const isText = mediaType === "text/plain" || mediaType === "text/event-stream";
  const late = ["retry-after", "location", "x-request-id"].filter(
    (name) => name in headers !== response.headers.has(name),
  );
  const missing = late.map((name) => `header ${name} is sent or described, not both`);
  if (isText || request.method === "HEAD") return missing;
  return [...missing, ...complaints(media.schema, await response.clone().json())];
}

function requestBreaches(operation: Operation, request: Request, body: string): string[] {
  const { searchParams } = new URL(request.url);
  const described = operation.parameters.filter((parameter) => parameter.in === "query");
  const unknown = [...searchParams.keys()].filter((key) => !described.some((p) => p.name === key));
  const header = operation.parameters.filter((parameter) => parameter.in === "header");
  return [
    ...unknown.map((name) => `parameter ${name} was accepted and is not described`),
    ...described.flatMap((one) => parameterBreaches(one, searchParams.getAll(one.name))),
    ...header.flatMap((one) => parameterBreaches(one, [request.headers.get(one.name)].flat())),
    ...bodyBreaches(operation, body),
  ];
}

function parameterBreaches({ name, schema }: Parameter, texts: readonly (string | null)[]) {
  const given = texts.filter((text) => text !== null);
  if (given.length === 0) return [];
  const isList = schema.type === "array";
  const value = isList ? given.flatMap((text) => text.split(",")) : typed(schema, given[0] ?? "");
  return complaints(schema, value).map((problem) => `${name}: accepted although ${problem}`);
}

function typed({ type }: Json, text: string): unknown {
  if (type === "integer") return Number(text);
  return type === "boolean" ? text === "true" || (text === "false" ? false : text) : text;
}

function bodyBreaches({ requestBody }: Operation, body: string): string[] {
  if (body === "") return requestBody?.required ? ["accepted without the body it needs"] : [];
  const schema = requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return ["accepted with a body that is not described"];
  return complaints(schema, JSON.parse(body)).map(
    (problem) => `body: accepted although ${problem}`,
  );
}
