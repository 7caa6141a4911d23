import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { ERROR_CODES } from "#core/domain/errors.ts";
import type { ProblemBody } from "#core/domain/spec/api.ts";
import { apiDocument, complaints, operationAt, underContract } from "../support/api-contract.ts";
import { readDocument } from "../support/documents.ts";
import { runIdOf } from "../support/fakes/fake-control-plane.ts";
import { valuesOf } from "../support/schema-arbitrary.ts";
import { bodyOf, createTestApp, expectProblem } from "../unit/http/test-app.ts";

let test: ReturnType<typeof createTestApp>;
beforeEach(() => {
  test = createTestApp({ anonymous: "admin" });
});

describe("GET /v1/openapi.json", () => {
  it("is the document of the reference", async () => {
    const response = await test.app.request("/v1/openapi.json");
    expect(response.headers.get("content-type")).toBe("application/json");
    const { text } = readDocument("docs/reference/openapi.json");
    expect(await response.json()).toEqual(JSON.parse(text));
  });

  it("refuses query parameters", async () => {
    await expectProblem(await test.app.request("/v1/openapi.json?v=3"), 400, "InvalidRequest");
  });
});

const bodies = Object.entries(apiDocument.paths).flatMap(([path, operations]) =>
  Object.entries(operations).flatMap(([method, { requestBody }]) => {
    const schema = requestBody?.content["application/json"]?.schema;
    return schema === undefined ? [] : [{ method: method.toUpperCase(), path, schema }];
  }),
);

/** true: it was accepted; else it was refused with a problem that blames the caller. */
async function accepts(method: string, path: string, body: unknown): Promise<boolean> {
  test = createTestApp({ anonymous: "admin" });
  await test.submit();
  if (path.includes("/templates/"))
    await test.post("/v1/templates", { name: "report", spec: { command: ["true"] } });
  const there = path
    .replace("providers/{reference}", "providers/ecs")
    .replace("{reference}", "report")
    .replaceAll(/\{\w+\}/g, runIdOf(1));
  const response = await test.app.request(there, {
    method,
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${test.keys.add("admin")}`,
    },
    body: JSON.stringify(body),
  });
  if (response.ok) return true;
  const { code, detail } = await bodyOf<ProblemBody>(response);
  expect(response.status, detail).toBeLessThan(500);
  expect(ERROR_CODES).toContain(code);
  return false;
}

/** The document with another value in one place, counted from the root. */
function altered(document: unknown, place: number, other: unknown): unknown {
  const values: unknown[] = [];
  JSON.stringify(document, (_key, value) => {
    values.push(value);
    return value;
  });
  let at = 0;
  const text = JSON.stringify(document, (_key, value) =>
    at++ === place % values.length ? other : value,
  );
  return JSON.parse(text);
}

/** Tries fewer bodies where each takes long. */
const BUSY_MACHINE = { interruptAfterTimeLimit: 5_000 };

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom("", " ", "-1", "1e3", "0.5", "2026-01-31 12:00:00z", "HODEI_X", "/", 0.5, -1),
);

describe.each(bodies)("$method $path", ({ method, path, schema }) => {
  it("accepts what the document allows, or refuses it in so many words", async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(valuesOf(schema), async (body) => {
        expect(complaints(schema, body)).toEqual([]);
        if (await accepts(method, path, body)) accepted += 1;
      }),
      { ...BUSY_MACHINE, numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(0);
  });

  it("accepts nothing that the document does not allow", async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(valuesOf(schema), fc.nat(), anything, async (body, place, other) => {
        // The app under contract fails by itself when it accepts too much.
        if (!(await accepts(method, path, altered(body, place, other)))) refused += 1;
      }),
      { ...BUSY_MACHINE, numRuns: 150 },
    );
    expect(refused).toBeGreaterThan(0);
  });
});

it("there are bodies to try", () => expect(bodies.length).toBeGreaterThan(2));

describe("a test of the app fails when the app breaks the contract:", () => {
  const spec = { command: ["true"] };
  const answering = (answer: (response: Response) => Response | Promise<Response>) => {
    const { app } = createTestApp({ described: false });
    const honest = app.fetch;
    app.fetch = async (...args) => answer(await honest(...args));
    return underContract(app);
  };
  const submit = (app: ReturnType<typeof underContract>) =>
    app.request("/v1/runs", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(spec),
    });
  const changed = (change: object) => async (response: Response) =>
    Response.json({ ...((await response.json()) as object), ...change }, response);

  it.each<[string, (response: Response) => Response | Promise<Response>, RegExp]>([
    ["another status", (r) => new Response(r.body, { ...r, status: 203 }), /not described/],
    ["another type", (r) => new Response("hi", { status: r.status }), /text\/plain/],
    ["a field more", changed({ colour: "red" }), /additional.*colour/],
    ["an instant that is none", changed({ createdAt: "today" }), /createdAt must match format/],
    ["a fraction", changed({ attempts: 0.5 }), /attempts must be integer/],
    ["a phase nobody knows", changed({ phase: "Sleeping" }), /phase must be equal to one of/],
    ["a missing field", changed({ spec: undefined }), /required property 'spec'/],
  ])("%s", async (_what, answer, complaint) => {
    await expect(submit(answering(answer))).rejects.toThrow(complaint);
  });

  it("a request that should have been refused", async () => {
    const app = answering(() => Response.json({ runs: [], next: null }, { status: 200 }));
    await expect(app.request("/v1/runs?limit=9999")).rejects.toThrow("limit: accepted although");
    await expect(app.request("/v1/runs?colour=red")).rejects.toThrow("colour was accepted");
    await expect(app.request("/v1/nowhere")).rejects.toThrow("nobody described this route");
  });

  it("and an honest one passes", async () => {
    expect((await submit(answering((response) => response))).status).toBe(201);
    expect(operationAt("POST", "/v1/runs/bulk")?.operationId).toBe("submitRuns");
  });
});
