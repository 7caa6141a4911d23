import { beforeEach, describe, expect, it } from "vitest";
import type { Scope } from "#core/domain/access/scope.ts";
import type { CreatedKeyBody, KeyListBody } from "#core/domain/spec/api.ts";
import { keyText } from "../../support/fakes/memory-keys.ts";
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

let test: ReturnType<typeof createTestApp>;
beforeEach(() => {
  test = createTestApp({ anonymous: null });
});

/** What each route needs; a route that is not here fails the test. */
const NEEDED: Readonly<Record<string, Scope>> = {
  "POST /v1/runs": "submit",
  "GET /v1/runs": "read",
  "POST /v1/runs/bulk": "submit",
  "GET /v1/runs/:id": "read",
  "PATCH /v1/runs/:id": "submit",
  "POST /v1/runs/cancel": "submit",
  "POST /v1/runs/dry-run": "submit",
  "GET /v1/queue": "read",
  "GET /v1/invariants": "read",
  "GET /v1/runs/:id/attempts": "read",
  "GET /v1/runs/:id/events": "read",
  "GET /v1/runs/:id/logs": "read",
  "GET /v1/runs/:id/logs/verify": "read",
  "POST /v1/runs/:id/cancel": "submit",
  "GET /v1/openapi.json": "read",
  "POST /v1/runs/:id/rerun": "submit",
  "POST /v1/templates": "admin",
  "GET /v1/templates": "read",
  "GET /v1/templates/:reference": "read",
  "PATCH /v1/templates/:reference": "admin",
  "DELETE /v1/templates/:reference": "admin",
  "GET /v1/templates/:reference/versions": "read",
  "POST /v1/templates/:reference/enable": "admin",
  "POST /v1/templates/:reference/disable": "admin",
  "POST /v1/templates/:reference/runs": "submit",
  "GET /v1/templates/:reference/runs": "read",
  "GET /v1/templates/:reference/stats": "read",
  "GET /v1/runs/:id/explain": "read",
  "GET /v1/scheduler": "read",
  "PUT /v1/scheduler": "admin",
  "GET /v1/providers": "read",
  "POST /v1/providers": "admin",
  "GET /v1/providers/stats": "read",
  "GET /v1/providers/:reference": "read",
  "PATCH /v1/providers/:reference": "admin",
  "DELETE /v1/providers/:reference": "admin",
  "POST /v1/providers/:reference/enable": "admin",
  "POST /v1/providers/:reference/disable": "admin",
  "GET /v1/runs/:id/usage": "read",
  "GET /v1/workers/:id/usage": "read",
  "GET /v1/workers": "read",
  "GET /v1/audit": "admin",
  "GET /v1/audit/counts": "admin",
  "POST /v1/keys": "admin",
  "GET /v1/keys": "admin",
  "DELETE /v1/keys/:id": "admin",
};
const BELOW: Readonly<Record<Scope, Scope | null>> = {
  read: null,
  submit: "read",
  admin: "submit",
};

const ask = (route: string, key?: string) => {
  const [method = "", path = ""] = route.split(" ");
  const headers = { ...(key && { authorization: `Bearer ${key}` }) };
  return test.app.request(path.replace(/:\w+/, "0"), { method, headers });
};

describe("every route", () => {
  it("is known here, and only the one for load balancers is open", async () => {
    const served = test.app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path}`);
    expect(served.sort()).toEqual(["GET /healthz", ...Object.keys(NEEDED)].sort());
    expect((await ask("GET /healthz")).status).toBe(200);
  });

  const BAD: Readonly<Record<string, () => Promise<string | undefined>>> = {
    "no key": async () => undefined,
    "what is no key": async () => "s3cr3t",
    "an unknown key": async () => keyText(99),
    "a wrong secret": async () => test.keys.add("admin").replace(/.$/, "9"),
    "an expired key": async () => {
      const key = test.keys.add("admin", { lifetimeSeconds: 1 });
      test.clock.nowMs += 1_000;
      return key;
    },
    "a revoked key": async () => {
      const key = test.keys.add("admin");
      await test.keys.revoke(key.split("_")[1] ?? "", null);
      return key;
    },
  };
  const cases = Object.keys(NEEDED).flatMap((route) =>
    Object.keys(BAD).map((bad) => [route, bad] as const),
  );

  it.each(cases)("%s with %s answers 401 and nothing else", async (route, bad) => {
    const response = await ask(route, await BAD[bad]?.());
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="hodei"');
    const { instance, ...problem } = await expectProblem(response, 401, "Unauthenticated");
    expect(instance).not.toBe("");
    expect(problem).toEqual({
      type: "urn:hodei:problem:unauthenticated",
      title: "The call carries no valid API key",
      ...{ status: 401, code: "Unauthenticated", detail: "this needs a valid API key", errors: [] },
    });
  });

  it.each(Object.entries(NEEDED))(
    "%s takes the scope %s and none below it",
    async (route, scope) => {
      const status = (await ask(route, test.keys.add(scope))).status;
      expect([401, 403]).not.toContain(status);
      const below = BELOW[scope];
      if (below === null) return;
      const response = await ask(route, test.keys.add(below));
      const { detail } = await expectProblem(response, 403, "Forbidden");
      expect(detail).toBe("this API key does not allow this");
      expect(response.headers.get("www-authenticate")).toBeNull();
    },
  );

  it("is asked for its key by HEAD as well", async () => {
    const head = (key?: string) =>
      test.app.request("/v1/workers", {
        method: "HEAD",
        headers: { ...(key && { authorization: `Bearer ${key}` }) },
      });
    expect((await head()).status).toBe(401);
    expect((await head(test.keys.add("read"))).status).toBe(200);
  });
});

describe("/v1/keys", () => {
  const send = (method: string, path: string, body?: unknown, key = test.keys.add("admin")) =>
    test.app.request(path, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  it("answers 201 with the key, once; the lists never have it", async () => {
    const request = { name: "ci", scope: "submit", lifetimeSeconds: 60 };
    const response = await send("POST", "/v1/keys", request);
    expect(response.status).toBe(201);
    const { key, ...created } = await bodyOf<CreatedKeyBody>(response);
    expect(key).toMatch(/^hodei_[0-9a-f]{16}_[0-9a-f]{64}$/);
    expect(created).toEqual({
      ...{ id: key.split("_")[1], name: "ci", scope: "submit", lastUsedAt: null, revokedAt: null },
      createdBy: "admin (0000000000000001)",
      createdAt: "1970-01-01T00:00:00.000Z",
      expiresAt: "1970-01-01T00:01:00.000Z",
    });
    const listed = await send("GET", "/v1/keys");
    const { keys } = await bodyOf<KeyListBody>(listed.clone());
    expect(keys).toContainEqual(created);
    const secret = key.split("_")[2] ?? "";
    expect(await listed.text()).not.toContain(secret);
    expect(JSON.stringify(test.lines)).not.toContain(secret);
    expect(test.lines).toContainEqual(
      expect.objectContaining({ msg: "API key created", by: "admin (0000000000000001)" }),
    );
    const run = { command: ["true"] };
    expect((await send("POST", "/v1/runs", run, key)).status).toBe(201);
    expect(test.plane.submitters).toEqual([`ci (${created.id})`]);
  });

  it("names every bad field", async () => {
    const response = await send("POST", "/v1/keys", { name: 1, scope: "root", x: 1 });
    const { errors } = await expectProblem(response, 400, "InvalidRequest");
    expect(errors.map(({ path }) => path)).toEqual(["x", "name", "scope"]);
    expect((await send("POST", "/v1/keys")).status).toBe(400);
    expect((await send("POST", "/v1/keys?x=1", {})).status).toBe(400);
  });

  it("revokes, again is harmless, and knows what it does not know", async () => {
    const victim = test.keys.add("read");
    const id = victim.split("_")[1] ?? "";
    const first = await send("DELETE", `/v1/keys/${id}`);
    expect(first.status).toBe(200);
    expect(await (await send("DELETE", `/v1/keys/${id}`)).json()).toEqual(await first.json());
    expect((await send("GET", "/v1/runs", undefined, victim)).status).toBe(401);
    await expectProblem(await send("DELETE", `/v1/keys/${"f".repeat(16)}`), 404, "KeyNotFound");
    await expectProblem(await send("DELETE", "/v1/keys/nonsense"), 400, "InvalidRequest");
  });
});

it("429 says after how many seconds", async () => {
  const key = test.keys.add("read");
  let refused: Response | null = null;
  for (let n = 0; refused === null && n < 10_000; n += 1) {
    const response = await ask("GET /v1/workers", key);
    if (response.status !== 200) refused = response;
  }
  if (refused === null) throw new Error("it was never too much");
  await expectProblem(refused, 429, "RateLimited");
  expect(refused.headers.get("retry-after")).toBe("1");
  test.clock.nowMs += 1_000;
  expect((await ask("GET /v1/workers", key)).status).toBe(200);
});
