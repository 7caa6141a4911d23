import { beforeEach, describe, expect, it } from "vitest";
import { DomainError, ERROR_CODES } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type {
  AttemptListBody,
  EventListBody,
  RunBody,
  RunListBody,
  WorkerListBody,
} from "#core/domain/spec/api.ts";
import { toRunInput } from "#core/domain/spec/run-input.ts";
import { newWorker, runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

let test: ReturnType<typeof createTestApp>;
beforeEach(() => {
  test = createTestApp();
});

const spec = { command: ["echo", "hi"], labels: { team: "a" } };
const nobody = runIdOf(999);

describe("POST /v1/runs", () => {
  it("answers 201 with the whole run and where it is", async () => {
    const response = await test.post("/v1/runs", spec);
    expect(response.status).toBe(201);
    const run = await bodyOf<RunBody>(response);
    expect(run).toMatchObject({
      id: test.plane.newest(),
      name: "echo",
      phase: "Pending",
      labels: { team: "a" },
      createdAt: "2026-01-02T03:04:05.000Z",
      deadlineAt: "2026-01-03T03:04:05.000Z",
      startedAt: null,
      spec: { command: { kind: "argv", argv: ["echo", "hi"] } },
    });
    expect(response.headers.get("location")).toBe(`/v1/runs/${run.id}`);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it("answers 200 with the first run when a key comes again, 422 when its body is another", async () => {
    const key = { "Idempotency-Key": "k1" };
    const first = await bodyOf<RunBody>(test.post("/v1/runs", spec, key));
    const again = await test.post("/v1/runs", spec, key);
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual(first);
    expect(again.headers.get("location")).toBe(`/v1/runs/${first.id}`);
    const other = await test.post("/v1/runs", { command: ["x"] }, key);
    await expectProblem(other, 422, "IdempotencyConflict");
  });

  it("takes the document of a run back as a new request", async () => {
    const { spec: stored } = await bodyOf<RunBody>(test.post("/v1/runs", spec));
    const again = await bodyOf<RunBody>(test.post("/v1/runs", toRunInput(stored)));
    expect(again.spec).toEqual(stored);
  });

  it("names every bad field", async () => {
    const response = await test.post("/v1/runs", { command: ["a", 1], env: { "A=B": "" }, x: 1 });
    const { errors } = await expectProblem(response, 400, "InvalidSpec");
    expect(errors.map(({ path }) => path)).toEqual(["command[1]", 'env["A=B"]', "x"]);
  });

  it.each<[string, string, string]>([
    ["nothing", "", "must be a run spec"],
    ["half a document", '{"command": [', "ends too early"],
    ["a syntax error", '{\n  "command": [1 2]\n}', "line 2, column"],
    ["another language", "command: [true]", "not valid JSON"],
  ])("refuses %s as body", async (_what, body, detail) => {
    const problem = await expectProblem(await test.post("/v1/runs", body), 400, "InvalidRequest");
    expect(problem.detail).toContain(detail);
  });

  it("refuses bytes that are no UTF-8", async () => {
    const body = Buffer.from('{"shell":"\xff"}', "latin1");
    const headers = { "content-type": "application/json" };
    const response = await test.app.request("/v1/runs", { method: "POST", body, headers });
    await expectProblem(response, 400, "InvalidRequest");
  });

  it.each([
    { "content-type": "text/yaml" },
    { "content-type": "application/json; charset=latin1" },
    { "content-type": "" },
    { "content-encoding": "gzip" },
  ])("refuses %j", async (headers) => {
    await expectProblem(await test.post("/v1/runs", spec, headers), 415, "InvalidRequest");
  });

  it("takes a charset that says UTF-8", async () => {
    const headers = { "content-type": 'Application/JSON; charset="UTF-8"' };
    expect((await test.post("/v1/runs", spec, headers)).status).toBe(201);
  });

  it("refuses a large body before it is read, and one of unknown length while it is", async () => {
    const large = "x".repeat(limits.requestBytesMax + 1);
    const told = { "content-length": String(large.length) };
    await expectProblem(await test.post("/v1/runs", large, told), 413, "SpecTooLarge");
    let pulled = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    const request = new Request("http://test/v1/runs", {
      method: "POST",
      body: endless,
      duplex: "half",
    } as RequestInit);
    await expectProblem(await test.app.request(request), 413, "SpecTooLarge");
    expect(pulled).toBeLessThan(10);
  });

  it.each(["", "a b", "k1, k2", "x".repeat(256)])("refuses the key %j", async (key) => {
    const response = await test.post("/v1/runs", spec, { "Idempotency-Key": key });
    const { errors } = await expectProblem(response, 400, "InvalidRequest");
    expect(errors[0]?.path).toBe("Idempotency-Key");
  });

  it("refuses query parameters", async () => {
    await expectProblem(await test.post("/v1/runs?dry=1", spec), 400, "InvalidRequest");
  });
});

describe("GET /v1/runs", () => {
  const list = async (query: string) =>
    bodyOf<RunListBody>(await test.app.request(`/v1/runs${query}`));

  it("pages from the newest to the first", async () => {
    for (let n = 0; n < 5; n++) await test.submit();
    const first = await list("?limit=3");
    expect(first.runs.map(({ id }) => id)).toEqual([5, 4, 3].map(runIdOf));
    expect(first.runs[0]).not.toHaveProperty("spec");
    const second = await list(`?limit=3&cursor=${first.next}`);
    expect(second.runs.map(({ id }) => id)).toEqual([2, 1].map(runIdOf));
    expect(second.next).toBeNull();
  });

  it("filters by phases, repeated or with commas, and by labels", async () => {
    const phases = ["Pending", "Running", "Failed"] as const;
    for (const phase of phases) {
      test.plane.update(await test.submit({ ...spec, labels: { phase, team: "a" } }), { phase });
    }
    const found = async (query: string) => (await list(query)).runs.map(({ phase }) => phase);
    expect(await found("?phase=Running,Failed")).toEqual(["Failed", "Running"]);
    expect(await found("?phase=Running&phase=Pending")).toEqual(["Running", "Pending"]);
    expect(await found("?label=team=a&label=phase%3DFailed")).toEqual(["Failed"]);
    expect(await found("?label=team=b")).toEqual([]);
  });

  it.each([
    ["phase=Sleeping", "phase"],
    ["phase=", "phase"],
    ["label=team", "label"],
    ["label=a%00=b", "label"],
    ["label=a=1&label=a=2", "label"],
    ["limit=0", "limit"],
    ["limit=501", "limit"],
    ["limit=1.5", "limit"],
    ["limit=-1", "limit"],
    ["limit=1&limit=2", "limit"],
    ["cursor=", "cursor"],
    ["cursor=%00", "cursor"],
    ["Phase=Pending", "Phase"],
    ["__proto__=1", "__proto__"],
  ])("refuses ?%s", async (query, path) => {
    const response = await test.app.request(`/v1/runs?${query}`);
    const { errors } = await expectProblem(response, 400, "InvalidRequest");
    expect(errors.map((error) => error.path)).toContain(path);
  });

  it("says everything that is wrong at once", async () => {
    const response = await test.app.request("/v1/runs?limit=x&nope=1&phase=y");
    const { errors } = await expectProblem(response, 400, "InvalidRequest");
    expect(errors.map(({ path }) => path).sort()).toEqual(["limit", "nope", "phase"]);
  });
});

describe("one run", () => {
  it("is shown with its attempts and events, instants as text", async () => {
    const id = await test.submit();
    test.plane.addAttempt(id, { phase: "Failed", exitCode: 3, endedAt: 0 });
    for (let n = 0; n < 3; n++) test.plane.addEvent(id, { type: "Assigned" });
    const get = async <Body>(path: string) =>
      bodyOf<Body>(await test.app.request(`/v1/runs/${id}${path}`));
    expect(await get<RunBody>("")).toMatchObject({ id, attempts: 1, notBefore: null });
    expect((await get<AttemptListBody>("/attempts")).attempts).toMatchObject([
      {
        number: 1,
        exitCode: 3,
        endedAt: "1970-01-01T00:00:00.000Z",
        assignedAt: "2026-01-02T03:04:05.000Z",
      },
    ]);
    const { events, next } = await get<EventListBody>("/events?since=1&limit=1");
    expect(events).toMatchObject([{ seq: 2, at: "2026-01-02T03:04:05.002Z" }]);
    expect(next).toBe(2);
    expect(await get<EventListBody>("/events?since=3")).toEqual({ events: [], next: 3 });
  });

  it("is found by its id in any case", async () => {
    const id = await test.submit();
    expect((await test.app.request(`/v1/runs/${id.toUpperCase()}`)).status).toBe(200);
  });

  it.each(["", "/attempts", "/events", "/logs"])(
    "GET %s: 404 for a run that is not, 400 for no id",
    async (rest) => {
      await expectProblem(await test.app.request(`/v1/runs/${nobody}${rest}`), 404, "RunNotFound");
      for (const id of ["1", "%00", "%E0%A4%A", `${nobody}x`]) {
        const response = await test.app.request(`/v1/runs/${id}${rest}`);
        const { errors } = await expectProblem(response, 400, "InvalidRequest");
        expect(errors[0]?.path).toBe("id");
      }
    },
  );
});

describe("POST /v1/runs/{id}/cancel", () => {
  const cancel = (id: string, body: unknown = "") => test.post(`/v1/runs/${id}/cancel`, body);

  it("ends a waiting run at once", async () => {
    const response = await cancel(await test.submit(), { reason: "no longer needed" });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      stopping: false,
      run: { phase: "Cancelled", message: "no longer needed" },
    });
  });

  it("needs no body, no reason, and no content type without one", async () => {
    const id = await test.submit();
    test.plane.update(id, { phase: "Running" });
    const path = `/v1/runs/${id}/cancel`;
    const response = await test.app.request(path, { method: "POST" });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ stopping: true, run: { phase: "Running" } });
    expect((await cancel(id, {})).status).toBe(202);
    expect((await cancel(id, { reason: null })).status).toBe(202);
  });

  it("refuses what is finished, unknown or badly asked", async () => {
    const id = await test.submit();
    for (const body of [
      [],
      "1",
      { reason: 1 },
      { why: "x" },
      { reason: "\0" },
      { reason: "x".repeat(2000) },
    ]) {
      await expectProblem(await cancel(id, body), 400, "InvalidRequest");
    }
    test.plane.finish(id, "Succeeded");
    await expectProblem(await cancel(id), 409, "AlreadyFinished");
    await expectProblem(await cancel(nobody), 404, "RunNotFound");
    await expectProblem(await cancel("x"), 400, "InvalidRequest");
  });
});

describe("GET /v1/workers", () => {
  it("shows the living, or all", async () => {
    test.plane.workers.push(newWorker({ id: "w1" }), newWorker({ id: "w2", phase: "Terminated" }));
    const ids = async (query: string) =>
      (await bodyOf<WorkerListBody>(test.app.request(`/v1/workers${query}`))).workers.map(
        ({ id }) => id,
      );
    expect(await ids("")).toEqual(["w1"]);
    expect(await ids("?all=false")).toEqual(["w1"]);
    expect(await ids("?all=true")).toEqual(["w1", "w2"]);
    for (const query of ["?all=1", "?all", "?every=true"]) {
      await expectProblem(await test.app.request(`/v1/workers${query}`), 400, "InvalidRequest");
    }
  });
});

describe("addresses and methods", () => {
  it.each(["/", "/v1", "/v1/run", "/v1/runs/", `/v1/runs/${nobody}/nope`, "/v2/runs"])(
    "%s is not there",
    async (path) => {
      await expectProblem(await test.app.request(path), 404, "RouteNotFound");
    },
  );

  it.each([
    ["DELETE", "/v1/runs", "POST, GET, HEAD, OPTIONS"],
    ["PUT", `/v1/runs/${nobody}`, "GET, HEAD, PATCH, OPTIONS"],
    ["GET", `/v1/runs/${nobody}/cancel`, "POST, OPTIONS"],
    ["PATCH", "/healthz", "GET, HEAD, OPTIONS"],
  ])("%s %s is refused, and what is allowed is said", async (method, path, allow) => {
    const response = await test.app.request(path, { method });
    expect(response.headers.get("allow")).toBe(allow);
    await expectProblem(response, 405, "RouteNotFound");
    const options = await test.app.request(path, { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow"), await options.text()]).toEqual([
      204,
      allow,
      "",
    ]);
  });

  it("HEAD is GET without the body", async () => {
    const response = await test.app.request("/v1/runs", { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    const missing = await test.app.request(`/v1/runs/${nobody}`, { method: "HEAD" });
    expect([missing.status, await missing.text()]).toEqual([404, ""]);
  });

  it("is healthy", async () => {
    expect(await (await test.app.request("/healthz")).json()).toEqual({ status: "ok" });
  });
});

describe("errors", () => {
  beforeEach(() => {
    test = createTestApp({ described: false }); // a list of runs has few errors by itself
  });

  it.each(ERROR_CODES)("%s has its status, title and type", async (code) => {
    test.plane.failWith(
      () => new DomainError(code, "as told", { fields: [{ path: "a", message: "b" }] }),
    );
    const response = await test.app.request("/v1/runs");
    const problem = await expectProblem(response, response.status, code);
    expect(problem.detail).toBe("as told");
    expect(problem.errors).toEqual([{ path: "a", message: "b" }]);
    expect(response.status).toBeGreaterThanOrEqual(400);
  });

  it.each([
    ["StoreUnavailable", 503, "2"],
    ["QueueFull", 429, "10"],
    ["RunNotFound", 404, null],
  ] as const)("%s says when to come again", async (code, status, seconds) => {
    test.plane.failWith(() => new DomainError(code, "x"));
    const response = await test.app.request("/v1/runs");
    expect([response.status, response.headers.get("retry-after")]).toEqual([status, seconds]);
  });

  it("shows nothing of an unknown error, and logs it under the request's id", async () => {
    const id = await test.submit();
    test.plane.failWith(() => new Error("password=hunter2"));
    const response = await test.app.request(`/v1/runs/${id}`);
    const problem = await expectProblem(response, 500, "Internal");
    expect(JSON.stringify(problem)).not.toContain("hunter2");
    expect(test.lines).toContainEqual(
      expect.objectContaining({ msg: "request failed", requestId: problem.instance, runId: id }),
    );
  });
});

describe("the log", () => {
  it("has one line for each request, and no word of what was sent", async () => {
    const secret = { command: ["deploy", "s3cr3t"], env: { TOKEN: "s3cr3t" } };
    const key = test.keys.add("submit");
    const authorization = `Bearer ${key}`;
    await test.post("/v1/runs?s3cr3t=1", secret, { authorization });
    await test.post("/v1/runs", secret, { authorization, "Idempotency-Key": "s3cr3t" });
    await test.app.request("/healthz");
    expect(test.lines).toMatchObject([
      { msg: "request", level: 30, method: "POST", path: "/v1/runs", status: 400 },
      {
        msg: "request",
        level: 30,
        method: "POST",
        path: "/v1/runs",
        status: 201,
        runId: runIdOf(1),
        keyId: key.split("_")[1],
      },
      { msg: "request", level: 20, method: "GET", path: "/healthz", status: 200 },
    ]);
    expect(JSON.stringify(test.lines)).not.toContain("s3cr3t");
    expect(JSON.stringify(test.lines)).not.toContain(key.split("_").at(-1));
  });
});
