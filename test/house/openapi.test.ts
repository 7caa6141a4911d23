import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeAll, describe, expect, it } from "vitest";
import { ERROR_CODES } from "#core/domain/errors.ts";
import { createApp } from "../../functions/http/app.ts";
import type { RouteDescription } from "../../functions/http/route-description.ts";
import { DESCRIBED_ROUTES } from "../../functions/http/routes.openapi.ts";
import { generateOpenApi } from "../../scripts/generate-openapi.ts";
import { buildDocument } from "../../scripts/openapi/document.ts";
import { ROOT } from "./source-files.ts";

const PATH = "docs/reference/openapi.json";
const committed = (path: string) => readFileSync(join(ROOT, path), "utf8");
const document = JSON.parse(committed(PATH));

describe("generated of the descriptions of the routes (else: npm run generate)", () => {
  let fresh: Readonly<Record<string, string>>;
  beforeAll(async () => {
    fresh = await generateOpenApi();
  }, 60_000);

  it.each([PATH, "cli/gen/openapi.ts"])("%s", (path) => {
    expect(fresh[path] === committed(path), `${path} is not what the sources say`).toBe(true);
  });
});

describe("docs/reference/openapi.json", () => {
  it("is a valid OpenAPI 3.1 document", async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  it("would be noticed when it is none", async () => {
    const broken = structuredClone(document);
    broken.paths["/v1/runs"].get.responses[200] = { content: {} };
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  it("names each operation once", () => {
    const ids = DESCRIBED_ROUTES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("knows the closed list of error codes", () => {
    expect(document.components.schemas.ErrorCode.enum).toEqual([...ERROR_CODES]);
  });
});

describe("every route", () => {
  const { routes } = createApp({ log: {} } as never);
  const served = routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path}`);
  const described = DESCRIBED_ROUTES.map(({ method, path }) => `${method} ${path}`);

  it("of app.ts is described (else: add it to functions/http/routes.openapi.ts)", () => {
    expect(served.filter((route) => !described.includes(route))).toEqual([]);
  });

  it("that is described is in app.ts", () => {
    expect(described.filter((route) => !served.includes(route))).toEqual([]);
  });
});

describe("a document is not made", () => {
  const route: RouteDescription = {
    method: "GET",
    path: "/v1/things/:name",
    id: "getThing",
    tag: "runs",
    summary: "A thing",
    pathParameters: { name: { description: "Its name.", schema: { type: "string" } } },
    answers: { 200: { description: "It.", json: "Thing" } },
    refusals: ["TokenRefused"],
    scope: "things:read",
  };
  const Thing = { type: "object" };
  const build = (change: Partial<RouteDescription>) =>
    buildDocument([{ ...route, ...change }], { Thing, Other: {}, ProblemBody: {} }, "1");

  it("of a path parameter that nobody described", () => {
    expect(() => build({ pathParameters: {} })).toThrow("/v1/things/:name: nobody described name");
  });

  it("of a schema that nobody made", () => {
    const answers = { 200: { description: "It.", json: "Nothing" } };
    expect(() => build({ answers })).toThrow("there is no schema Nothing");
  });

  it("with schemas that nobody names, and else says who may ask", () => {
    const { paths, components } = build({});
    expect(Object.keys(components.schemas)).toEqual(["ProblemBody", "Thing"]);
    expect(paths["/v1/things/{name}"]?.get).toMatchObject({
      security: [{ bearer: ["things:read"] }],
      parameters: [{ name: "name", in: "path", required: true }],
      responses: { 401: { $ref: "#/components/responses/TokenRefused" } },
    });
    expect(components.responses).toMatchObject({ TokenRefused: { description: "TokenRefused" } });
  });
});
