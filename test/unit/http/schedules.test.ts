import { describe, expect, test } from "vitest";
import type { RunBody } from "#core/domain/spec/api.ts";
import type {
  CronCheckBody,
  ScheduleBody,
  ScheduleListBody,
  UpcomingBody,
} from "#core/domain/spec/schedule-api.ts";
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

const TEMPLATE = {
  name: "report",
  spec: { command: ["./report.sh"] },
  parameters: [
    { name: "REGION", type: "choice", choices: ["eu", "us"], required: true },
    { name: "LIMIT", type: "number", default: 10 },
    { name: "TOKEN", type: "secret" },
  ],
};
const NIGHTLY = {
  ...{ name: "nightly", template: "report", cron: "0 3 * * *", timezone: "Europe/Madrid" },
  parameters: { REGION: "eu", TOKEN: "s3cret" },
};

async function createScheduleApp() {
  const at = createTestApp({ anonymous: "admin" });
  const send = (method: string, path: string, body?: unknown, headers = {}) =>
    at.app.request(path, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const create = (input: object = NIGHTLY, headers = {}) =>
    send("POST", "/v1/schedules", input, headers);
  const one = (path = "") => `/v1/schedules/nightly${path}`;
  const trigger = (headers = {}) => send("POST", one("/trigger"), undefined, headers);
  expect((await send("POST", "/v1/templates", TEMPLATE)).status).toBe(201);
  return { ...at, send, create, one, trigger };
}

describe("a schedule", () => {
  test("is created and read by name and by id, a secret only by name", async () => {
    const { app, create, lines } = await createScheduleApp();
    const response = await create();
    expect(response.status).toBe(201);
    const text = await response.text();
    const body = JSON.parse(text) as ScheduleBody;
    expect(response.headers.get("location")).toBe(`/v1/schedules/${body.id}`);
    expect(body).toMatchObject({
      ...{ name: "nightly", template: { name: "report" }, cron: "0 3 * * *", overlap: "Allow" },
      ...{ enabled: true, disabledReason: null, nextRunAt: "2026-01-03T02:00:00.000Z" },
      ...{ parameters: { REGION: "eu", TOKEN: null }, catchUpSeconds: 3600 },
      ...{ last: null, lastRun: null, consecutiveFailures: 0, createdBy: null },
    });
    for (const reference of ["nightly", body.id])
      expect(await bodyOf(app.request(`/v1/schedules/${reference}`))).toEqual(body);
    expect(text + JSON.stringify(lines)).not.toContain("s3cret");
    await expectProblem(await app.request("/v1/schedules/none"), 404, "ScheduleNotFound");
  });

  test("has a name of its own; a repeat under one key finds it again", async () => {
    const { create } = await createScheduleApp();
    const headers = { "idempotency-key": "k" };
    const first = await bodyOf(create(NIGHTLY, headers));
    const again = await create(NIGHTLY, headers);
    expect([again.status, await bodyOf(again)]).toEqual([200, first]);
    await expectProblem(await create(), 409, "ScheduleExists");
    const other = await create({ ...NIGHTLY, cron: "@daily" }, headers);
    await expectProblem(other, 409, "ScheduleExists");
  });

  test.each([
    [{ cron: "* * * *" }, "cron"],
    [{ cron: "0 0 30 2 *" }, "cron"],
    [{ timezone: "Mars/Olympus" }, "timezone"],
    [{ overlap: "Maybe" }, "overlap"],
    [{ catchUpSeconds: 1 }, "catchUpSeconds"],
    [{ maxConsecutiveFailures: -1 }, "maxConsecutiveFailures"],
    [{ name: "upcoming" }, "name"],
    [{ name: "Night" }, "name"],
    [{ chron: "x" }, "chron"],
  ])("with %j is refused by its path", async (change, path) => {
    const { create } = await createScheduleApp();
    const { errors } = await expectProblem(
      await create({ ...NIGHTLY, ...change }),
      ...([400, "InvalidSpec"] as const),
    );
    expect(errors.map((one) => one.path)).toEqual([path]);
  });

  test("takes only values that its template takes", async () => {
    const { create, send, one } = await createScheduleApp();
    const bad = await create({ ...NIGHTLY, parameters: { REGION: "x", LIMITS: 1 } });
    const { errors } = await expectProblem(bad, 400, "InvalidRequest");
    expect(errors.map(({ path }) => path).sort()).toEqual([
      ...["parameters.LIMITS", "parameters.REGION"],
    ]);
    await expectProblem(await create({ ...NIGHTLY, parameters: [] }), 400, "InvalidRequest");
    await expectProblem(await create({ ...NIGHTLY, template: "none" }), 404, "TemplateNotFound");
    await create();
    const change = await send("PATCH", one(), { parameters: {} });
    await expectProblem(change, 400, "InvalidRequest");
    await send("DELETE", "/v1/templates/report");
    await expectProblem(await create(), 404, "TemplateNotFound");
  });

  test("is changed field by field, due anew", async () => {
    const { create, send, one, plane } = await createScheduleApp();
    const { id } = await bodyOf<ScheduleBody>(create());
    const change = { cron: "0 5 * * *", timezone: "UTC", overlap: "Forbid", description: "five" };
    expect(await bodyOf(send("PATCH", one(), change))).toMatchObject({
      ...{ ...change, nextRunAt: "2026-01-02T05:00:00.000Z", parameters: { REGION: "eu" } },
    });
    expect(await plane.schedules.scheduleToFire(id)).toMatchObject({
      secrets: { TOKEN: "s3cret" },
    });
    await send("PATCH", one(), { parameters: { REGION: "us" } });
    expect(await plane.schedules.scheduleToFire(id)).toMatchObject({
      ...{ parameters: { REGION: "us" }, secrets: {} },
    });
    await expectProblem(await send("PATCH", one(), { cron: "x" }), 400, "InvalidSpec");
    await expectProblem(await send("PATCH", one(), { name: "other" }), 400, "InvalidSpec");
    await expectProblem(await send("PATCH", one()), 400, "InvalidSpec");
  });

  test("is disabled, enabled and deleted, and says who disabled it", async () => {
    const { create, send, one } = await createScheduleApp();
    await create();
    for (let time = 0; time < 2; time += 1)
      expect(await bodyOf(send("POST", one("/disable")))).toMatchObject({
        ...{ enabled: false, nextRunAt: null, disabledReason: "disabled by local" },
      });
    expect(await bodyOf(send("POST", one("/enable")))).toMatchObject({
      ...{ enabled: true, disabledReason: null, nextRunAt: "2026-01-03T02:00:00.000Z" },
    });
    expect(await bodyOf(send("DELETE", one()))).toMatchObject({ name: "nightly" });
    await expectProblem(await send("DELETE", one()), 404, "ScheduleNotFound");
  });

  test("stands in a list by name, template and status, page by page", async () => {
    const { app, create, send } = await createScheduleApp();
    for (const name of ["b", "a", "c"]) await create({ ...NIGHTLY, name });
    await send("POST", "/v1/schedules/c/disable");
    const list = async (query: string) => {
      const body = await bodyOf<ScheduleListBody>(app.request(`/v1/schedules${query}`));
      return [body.schedules.map(({ name }) => name), body.next];
    };
    expect(await list("")).toEqual([["a", "b", "c"], null]);
    expect(await list("?enabled=false")).toEqual([["c"], null]);
    expect(await list("?enabled=true&template=report")).toEqual([["a", "b"], null]);
    expect(await list("?limit=1")).toEqual([["a"], "a"]);
    expect(await list("?limit=1&cursor=a")).toEqual([["b"], "b"]);
    await expectProblem(await app.request("/v1/schedules?template=x"), 404, "TemplateNotFound");
    for (const query of ["?enabled=maybe", "?cursor=A", "?limit=0", "?what=1"])
      await expectProblem(await app.request(`/v1/schedules${query}`), 400, "InvalidRequest");
  });
});

describe("a triggered run", () => {
  test("is of the schedule, of no time, with all its values, once for a key", async () => {
    const { app, create, trigger, plane } = await createScheduleApp();
    const { id } = await bodyOf<ScheduleBody>(create());
    const headers = { "idempotency-key": "k" };
    const response = await trigger(headers);
    expect(response.status).toBe(201);
    const run = await bodyOf<RunBody>(response);
    expect(run).toMatchObject({
      ...{ schedule: { id, name: "nightly", scheduledFor: null }, template: { number: 1 } },
      parameters: { REGION: "eu", LIMIT: 10, TOKEN: null },
    });
    expect(await plane.templates.runValues(run.id)).toMatchObject({ TOKEN: "s3cret" });
    const again = await trigger(headers);
    expect([again.status, (await bodyOf<RunBody>(again)).id]).toEqual([200, run.id]);
    expect(await bodyOf(app.request("/v1/schedules/nightly"))).toMatchObject({
      ...{ last: { result: "Fired" }, lastRun: { id: run.id, phase: "Pending" } },
      nextRunAt: "2026-01-03T02:00:00.000Z",
    });
  });

  test("obeys the overlap policy, and runs a disabled schedule", async () => {
    const { create, send, one, trigger, plane } = await createScheduleApp();
    await create({ ...NIGHTLY, overlap: "Forbid" });
    await send("POST", one("/disable"));
    const first = await bodyOf<RunBody>(trigger());
    const { detail } = await expectProblem(await trigger(), 409, "Conflict");
    expect(detail).toContain(first.id);
    await send("PATCH", one(), { overlap: "Replace" });
    expect((await trigger()).status).toBe(201);
    expect(await plane.reader.run(first.id)).toMatchObject({ phase: "Cancelled" });
    expect((await trigger()).status).toBe(201);
  });

  test("is refused where the template takes no runs, or its values no more", async () => {
    const { create, send, trigger } = await createScheduleApp();
    await create();
    const parameters = [{ name: "TOKEN", type: "string" }];
    await send("PATCH", "/v1/templates/report", { parameters });
    const { errors } = await expectProblem(await trigger(), 400, "InvalidRequest");
    expect(errors).toMatchObject([{ path: "parameters.TOKEN" }]);
    await send("POST", "/v1/templates/report/disable");
    await expectProblem(await trigger(), 409, "TemplateNotActive");
  });
});

describe("the clock", () => {
  test("says what will run, soonest first", async () => {
    const { app, create, send } = await createScheduleApp();
    await create();
    await create({ ...NIGHTLY, name: "hourly", cron: "@hourly" });
    await create({ ...NIGHTLY, name: "off", cron: "* * * * *" });
    await send("POST", "/v1/schedules/off/disable");
    const upcoming = async (query: string) =>
      (await bodyOf<UpcomingBody>(app.request(`/v1/schedules/upcoming${query}`))).upcoming.map(
        ({ at, schedule }) => `${schedule.name} ${at.slice(8, 16)}`,
      );
    expect(await upcoming("?limit=2")).toEqual(["hourly 02T04:00", "hourly 02T05:00"]);
    const window = "?from=2026-01-03T01:30:00Z&to=2026-01-03T02:30:00Z&template=report";
    expect((await upcoming(window)).sort()).toEqual(["hourly 03T02:00", "nightly 03T02:00"]);
    expect(await upcoming("?to=2025-01-01T00:00:00Z")).toEqual([]);
    for (const query of ["?from=soon", "?limit=0"])
      await expectProblem(
        await app.request(`/v1/schedules/upcoming${query}`),
        ...([400, "InvalidRequest"] as const),
      );
  });

  test("says whether an expression is valid", async () => {
    const { app } = await createScheduleApp();
    const check = (cron: string, zone = "") =>
      bodyOf<CronCheckBody>(
        app.request(`/v1/schedules/check?${new URLSearchParams({ cron, timezone: zone })}`),
      );
    const good = await check("0 3 * * *", "Europe/Madrid");
    expect(good).toMatchObject({ valid: true, problem: null });
    expect(good.next).toHaveLength(10);
    expect(good.next[0]).toEqual({ at: "2026-01-03T02:00:00.000Z" });
    expect(await check("0 3 * *")).toMatchObject({ valid: false, next: [] });
    expect(await check("0 0 30 2 *")).toMatchObject({ valid: false, next: [] });
    expect(await check("@daily", "Mars/X")).toMatchObject({ valid: false });
    await expectProblem(await app.request("/v1/schedules/check"), 400, "InvalidRequest");
  });
});
