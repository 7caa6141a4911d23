import { describe, expect, test } from "vitest";
import type { RunBody, RunListBody } from "#core/domain/spec/api.ts";
import type {
  TemplateBody,
  TemplateListBody,
  TemplateStatsBody,
  TemplateVersionListBody,
} from "#core/domain/spec/template-api.ts";
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

const INPUT = {
  name: "report",
  description: "the nightly report",
  spec: { command: ["./report.sh"] },
  parameters: [
    { name: "REGION", type: "choice", choices: ["eu", "us"], required: true },
    { name: "LIMIT", type: "number", default: 10, min: 1 },
    { name: "TOKEN", type: "secret" },
  ],
};

function createTemplateApp() {
  const at = createTestApp({ anonymous: "admin" });
  const send = (method: string, path: string, body?: unknown, headers = {}) =>
    at.app.request(path, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const create = (input: object = INPUT, headers = {}) =>
    at.post("/v1/templates", input, headers as Record<string, string>);
  const run = (body: unknown = { parameters: { REGION: "eu" } }, headers = {}) =>
    at.post("/v1/templates/report/runs", body, headers as Record<string, string>);
  return { ...at, send, create, run };
}

describe("a template", () => {
  test("is created and read by name and by id, with its version as ETag", async () => {
    const { app, create } = createTemplateApp();
    const response = await create();
    expect(response.status).toBe(201);
    expect(response.headers.get("etag")).toBe('"1"');
    const body = await bodyOf<TemplateBody>(response);
    expect(response.headers.get("location")).toBe(`/v1/templates/${body.id}`);
    expect(body).toMatchObject({
      ...{ name: "report", status: "Active", version: 1, newestVersion: 1, createdBy: null },
      spec: { name: "report", command: { kind: "argv", argv: ["./report.sh"] } },
      parameters: [{ name: "REGION" }, { name: "LIMIT", default: 10 }, { name: "TOKEN" }],
    });
    for (const reference of ["report", body.id])
      expect(await bodyOf(app.request(`/v1/templates/${reference}`))).toEqual(body);
    await expectProblem(await app.request("/v1/templates/none"), 404, "TemplateNotFound");
  });

  test("has a name of its own; a repeat under one key finds it again", async () => {
    const { create } = createTemplateApp();
    const headers = { "idempotency-key": "k" };
    const first = await bodyOf<TemplateBody>(create(INPUT, headers));
    const again = await create(INPUT, headers);
    expect(again.status).toBe(200);
    expect(await bodyOf(again)).toEqual(first);
    const other = await create({ ...INPUT, description: "another" }, headers);
    await expectProblem(other, 422, "IdempotencyConflict");
    await expectProblem(await create(), 409, "TemplateExists");
    await expectProblem(await create(INPUT, { "idempotency-key": "l" }), 409, "TemplateExists");
  });

  test("is refused with the path of every bad field", async () => {
    const { create } = createTemplateApp();
    const parameters = [{ name: "A", type: "number", pattern: "x", default: "y" }, { name: "a b" }];
    const input = { name: "Report", spec: { comand: ["x"] }, parameters, labls: {} };
    const { errors } = await expectProblem(await create(input), 400, "InvalidSpec");
    expect(errors.map(({ path }) => path).sort()).toEqual([
      ...["labls", "name", "parameters[1].name", "spec.comand", "spec.command"],
    ]);
    const huge = { ...INPUT, spec: { command: ["x"], resources: { cpu: 999 } } };
    const { errors: reasons } = await expectProblem(await create(huge), 422, "Unplaceable");
    expect(reasons).toMatchObject([{ path: "spec.resources" }]);
    await expectProblem(await create({ spec: { command: ["x"] } }), 400, "InvalidSpec");
  });

  test("gets a new version at the version that was expected, by header or body", async () => {
    const { app, create, send } = createTemplateApp();
    await create();
    const change = (body: object, headers = {}) =>
      send("PATCH", "/v1/templates/report", body, headers);
    const second = await change({ description: "two" }, { "if-match": '"1"' });
    expect(second.headers.get("etag")).toBe('"2"');
    expect(await bodyOf(second)).toMatchObject({
      ...{ version: 2, description: "two", spec: { name: "report" } },
    });
    expect(await bodyOf(change({ labels: { a: "b" }, expectedVersion: 2 }))).toMatchObject({
      ...{ version: 3, description: "two", labels: { a: "b" } },
    });
    await expectProblem(await change({ description: "x" }, { "if-match": '"1"' }), 412, "Conflict");
    await expectProblem(await change({ description: "x", expectedVersion: 9 }), 409, "Conflict");
    await expectProblem(await change({ name: "other" }), 400, "InvalidSpec");
    await expectProblem(await change({}, { "if-match": "one" }), 400, "InvalidRequest");
    await expectProblem(
      await change({ expectedVersion: 1 }, { "if-match": '"2"' }),
      ...([400, "InvalidRequest"] as const),
    );
    expect(await bodyOf(change({ labels: { a: "b" } }))).toMatchObject({ version: 3 });
    const first = await bodyOf(app.request("/v1/templates/report?version=1"));
    expect(first).toMatchObject({ version: 1, newestVersion: 3, description: INPUT.description });
    const { versions, next } = await bodyOf<TemplateVersionListBody>(
      app.request("/v1/templates/report/versions?limit=2"),
    );
    expect([versions.map(({ version }) => version), next]).toEqual([[3, 2], "2"]);
    const rest = app.request(`/v1/templates/report/versions?limit=2&cursor=${next}`);
    expect(await bodyOf(rest)).toMatchObject({ versions: [{ version: 1 }], next: null });
  });

  test("the change that was made is not a conflict when it is sent again", async () => {
    const { create, send } = createTemplateApp();
    await create();
    const change = () =>
      send("PATCH", "/v1/templates/report", { description: "two" }, { "if-match": '"1"' });
    expect(await bodyOf(change())).toMatchObject({ version: 2 });
    expect(await bodyOf(change())).toMatchObject({ version: 2 });
  });

  test("is disabled, enabled and archived, each as often as one likes", async () => {
    const { create, send, run, app } = createTemplateApp();
    const { id } = await bodyOf<TemplateBody>(create());
    const twice = async (method: string, path: string) => {
      await send(method, path);
      return bodyOf<TemplateBody>(send(method, path));
    };
    expect(await twice("POST", "/v1/templates/report/disable")).toMatchObject({
      status: "Disabled",
    });
    await expectProblem(await run(), 409, "TemplateNotActive");
    expect(await twice("POST", "/v1/templates/report/enable")).toMatchObject({ status: "Active" });
    expect((await run()).status).toBe(201);
    expect(await twice("DELETE", `/v1/templates/${id}`)).toMatchObject({ status: "Archived" });
    await expectProblem(await app.request("/v1/templates/report"), 404, "TemplateNotFound");
    await expectProblem(
      await send("POST", `/v1/templates/${id}/enable`),
      ...([409, "TemplateNotActive"] as const),
    );
    await expectProblem(
      await send("PATCH", `/v1/templates/${id}`, { description: "x" }),
      ...([409, "TemplateNotActive"] as const),
    );
    expect((await create()).status).toBe(201);
  });

  test("stands in a list by name, status and label, page by page", async () => {
    const { app, create, send } = createTemplateApp();
    for (const name of ["b", "a", "c"]) await create({ ...INPUT, name, labels: { is: name } });
    await send("DELETE", "/v1/templates/c");
    const list = async (query: string) => {
      const body = await bodyOf<TemplateListBody>(app.request(`/v1/templates${query}`));
      return { names: body.templates.map(({ name }) => name), next: body.next };
    };
    expect(await list("")).toEqual({ names: ["a", "b"], next: null });
    const { next } = await list("?limit=1");
    expect(await list(`?limit=1&cursor=${next}`)).toMatchObject({ names: ["b"] });
    expect(await list("?status=Archived")).toMatchObject({ names: ["c"] });
    expect(await list("?label=is=b")).toMatchObject({ names: ["b"] });
    for (const query of ["?status=Gone", "?cursor=x", "?limit=0", "?what=1"])
      await expectProblem(await app.request(`/v1/templates${query}`), 400, "InvalidRequest");
  });
});

describe("a run of a template", () => {
  test("has the template's next number and its values, a secret only by name", async () => {
    const { app, create, run, lines } = createTemplateApp();
    const { id } = await bodyOf<TemplateBody>(create());
    const parameters = { REGION: "us", TOKEN: "s3cret" };
    const response = await run({ parameters });
    expect(response.status).toBe(201);
    const text = await response.text();
    const body = JSON.parse(text) as RunBody;
    expect(response.headers.get("location")).toBe(`/v1/runs/${body.id}`);
    expect(body).toMatchObject({
      template: { id, name: "report", version: 1, number: 1 },
      parameters: { REGION: "us", LIMIT: 10, TOKEN: null },
      ...{ name: "report", rerunOf: null },
    });
    await run();
    const all = await bodyOf<RunListBody>(app.request("/v1/templates/report/runs?limit=1"));
    expect(all).toMatchObject({ runs: [{ template: { number: 2 } }], next: "2" });
    const rest = app.request(`/v1/templates/report/runs?limit=1&cursor=${all.next}`);
    expect(await bodyOf(rest)).toMatchObject({ runs: [{ id: body.id }], next: null });
    const read = await (await app.request(`/v1/runs/${body.id}`)).text();
    expect(text + read + JSON.stringify(lines)).not.toContain("s3cret");
    expect(await bodyOf<TemplateStatsBody>(app.request("/v1/templates/report/stats"))).toEqual(
      expect.objectContaining({ numbers: 2 }),
    );
  });

  test("is refused with the path of every bad value", async () => {
    const { create, run } = createTemplateApp();
    await create();
    const parameters = { REGON: "eu", LIMIT: 0 };
    const { errors } = await expectProblem(await run({ parameters }), 400, "InvalidRequest");
    expect(errors.map(({ path }) => path).sort()).toEqual([
      ...["parameters.LIMIT", "parameters.REGION", "parameters.REGON"],
    ]);
    await expectProblem(await run({ parameters: [] }), 400, "InvalidRequest");
    await expectProblem(await run({ version: 0 }), 400, "InvalidRequest");
    await expectProblem(await run({ version: 2 }), 404, "TemplateNotFound");
    await expectProblem(await run({ parameter: {} }), 400, "InvalidRequest");
  });

  test("is one under one key, whatever became of the template", async () => {
    const { create, run, send } = createTemplateApp();
    await create();
    const headers = { "idempotency-key": "k" };
    const parameters = { REGION: "eu", LIMIT: 3 };
    const first = await bodyOf<RunBody>(run({ parameters }, headers));
    await send("POST", "/v1/templates/report/disable");
    const again = await run({ parameters: { LIMIT: 3, REGION: "eu" } }, headers);
    expect(again.status).toBe(200);
    expect(await bodyOf(again)).toMatchObject({ id: first.id, template: { number: 1 } });
    await expectProblem(await run(undefined, headers), 422, "IdempotencyConflict");
    await send("POST", "/v1/templates/report/enable");
    expect(await bodyOf(run())).toMatchObject({ template: { number: 2 } });
  });
});

describe("a rerun", () => {
  async function withRun() {
    const at = createTemplateApp();
    await at.create();
    const parameters = { REGION: "us", TOKEN: "s3cret" };
    const { id } = await bodyOf<RunBody>(at.run({ parameters }));
    const rerun = (body: unknown = {}, headers: Record<string, string> = {}) =>
      at.post(`/v1/runs/${id}/rerun`, body, headers);
    return { ...at, id, rerun };
  }

  test("takes the version and the values over, secret ones too", async () => {
    const { send, rerun, id, plane } = await withRun();
    await send("PATCH", "/v1/templates/report", { description: "two" });
    const again = await bodyOf<RunBody>(rerun());
    expect(again).toMatchObject({
      ...{ rerunOf: id, template: { version: 1, number: 2 } },
      parameters: { REGION: "us", LIMIT: 10, TOKEN: null },
    });
    expect(await plane.templates.runValues(again.id)).toMatchObject({ TOKEN: "s3cret" });
    const parameters = { TOKEN: "other" };
    expect(await bodyOf(rerun({ version: "latest", parameters }))).toMatchObject({
      template: { version: 2, number: 3 },
    });
  });

  test("hands a secret to no run with other values", async () => {
    const { rerun, plane } = await withRun();
    const refused = await rerun({ parameters: { LIMIT: "5" } });
    const { errors } = await expectProblem(refused, 400, "InvalidRequest");
    expect(errors).toMatchObject([{ path: "parameters.TOKEN" }]);
    const parameters = { LIMIT: "5", TOKEN: "mine" };
    const { id } = await bodyOf<RunBody>(rerun({ parameters }));
    expect(await plane.templates.runValues(id)).toMatchObject({ LIMIT: 5, TOKEN: "mine" });
  });

  test("hands a secret to no version that it was not given to", async () => {
    const { send, rerun } = await withRun();
    const newest = () => rerun({ version: "latest" });
    expect((await newest()).status).toBe(201);
    const spec = { shell: 'echo "$HODEI_PARAM_TOKEN" | rev' };
    await send("PATCH", "/v1/templates/report", { spec });
    const { errors } = await expectProblem(await newest(), 400, "InvalidRequest");
    expect(errors).toMatchObject([{ path: "parameters.TOKEN" }]);
    expect((await rerun({ version: "latest", parameters: { TOKEN: "mine" } })).status).toBe(201);
    expect((await rerun()).status).toBe(201);
  });

  test("at the newest version drops what that has no more, and asks for what it needs", async () => {
    const { send, rerun } = await withRun();
    const parameters = [
      { name: "LIMIT", type: "number" },
      { name: "CITY", required: true },
    ];
    await send("PATCH", "/v1/templates/report", { parameters });
    const { errors } = await expectProblem(
      await rerun({ version: "latest" }),
      ...([400, "InvalidRequest"] as const),
    );
    expect(errors).toEqual([{ path: "parameters.CITY", message: "is required" }]);
    const made = rerun({ version: "latest", parameters: { CITY: "Jaén" } });
    expect(await bodyOf(made)).toMatchObject({ parameters: { LIMIT: 10, CITY: "Jaén" } });
  });

  test("never shows a secret because the parameter is none any more", async () => {
    const { send, rerun } = await withRun();
    await send("PATCH", "/v1/templates/report", { parameters: [{ name: "TOKEN" }] });
    const text = await (await rerun({ version: "latest" })).text();
    expect(JSON.parse(text)).toMatchObject({ parameters: {} });
    expect(text).not.toContain("s3cret");
  });

  test("of a plain run is the same spec again; it has no version and no parameters", async () => {
    const { submit, post } = createTemplateApp();
    const id = await submit({ command: ["echo", "hi"], labels: { a: "b" } });
    const rerun = (body?: unknown, headers = {}) => post(`/v1/runs/${id}/rerun`, body, headers);
    const headers = { "idempotency-key": "k" };
    const first = await bodyOf<RunBody>(rerun({}, headers));
    expect(first).toMatchObject({ rerunOf: id, template: null, labels: { a: "b" } });
    expect(first.id).not.toBe(id);
    expect(await bodyOf(rerun({}, headers))).toMatchObject({ id: first.id });
    const { errors } = await expectProblem(
      await rerun({ version: "latest", parameters: { A: 1 } }),
      ...([400, "InvalidRequest"] as const),
    );
    expect(errors.map(({ path }) => path)).toEqual(["version", "parameters"]);
  });

  test("is one under one key, and refused for nobody, a bad version, an archived template", async () => {
    const { rerun, post, send } = await withRun();
    const headers = { "idempotency-key": "k" };
    const first = await bodyOf<RunBody>(rerun({}, headers));
    expect(await bodyOf(rerun({}, headers))).toMatchObject({ id: first.id });
    await expectProblem(await rerun({ version: 1 }), 400, "InvalidRequest");
    const nobody = "00000000-0000-7000-8000-00000000ffff";
    await expectProblem(await post(`/v1/runs/${nobody}/rerun`, {}), 404, "RunNotFound");
    await send("DELETE", "/v1/templates/report");
    await expectProblem(await rerun(), 409, "TemplateNotActive");
  });
});
