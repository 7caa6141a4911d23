import { beforeEach, describe, expect, it } from "vitest";
import { limits } from "#core/domain/limits.ts";
import type { BulkBody } from "#core/domain/spec/api.ts";
import { runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

let test: ReturnType<typeof createTestApp>;
beforeEach(() => {
  test = createTestApp();
});

const PATH = "/v1/runs/bulk";
const run = { command: ["echo", "hi"] };
const submit = (runs: unknown[]) => test.post(PATH, { runs });
const nothingStored = () => expect(test.plane.newest()).toBe("none");

describe("POST /v1/runs/bulk", () => {
  it("answers each run in the order of the request", async () => {
    const response = await submit([run, { shell: "exit 1" }, run]);
    expect(response.status).toBe(200);
    const { runs } = await bodyOf<BulkBody>(response);
    expect(runs).toEqual([1, 2, 3].map((n) => ({ id: runIdOf(n), created: true })));
    expect((await test.plane.reader.run(runIdOf(2)))?.spec.command).toEqual({
      ...{ kind: "shell", line: "exit 1" },
    });
  });

  it("keeps keys apart from specs, and every item to its own key", async () => {
    const key = { idempotencyKey: "k" };
    const first = await bodyOf<BulkBody>(
      submit([
        { ...run, ...key },
        { ...run, ...key },
      ]),
    );
    expect(first.runs).toEqual([
      { id: runIdOf(1), created: true },
      { id: runIdOf(1), created: false },
    ]);
    const again = await submit([{ ...run, ...key }, { command: ["x"], ...key }, run]);
    expect(again.status).toBe(200);
    expect((await bodyOf<BulkBody>(again)).runs).toMatchObject([
      { id: runIdOf(1), created: false },
      { id: null, error: { code: "IdempotencyConflict" } },
      { created: true },
    ]);
  });

  it("knows the key that a single submit was sent with, and the other way round", async () => {
    await test.post("/v1/runs", run, { "Idempotency-Key": "k" });
    const { runs } = await bodyOf<BulkBody>(submit([{ ...run, idempotencyKey: "k" }]));
    expect(runs).toEqual([{ id: runIdOf(1), created: false }]);
    await submit([{ ...run, idempotencyKey: "l" }]);
    const single = await test.post("/v1/runs", run, { "Idempotency-Key": "l" });
    expect(single.status).toBe(200);
  });

  it("takes a key that is null as none", async () => {
    const keyless = { ...run, idempotencyKey: null };
    const { runs } = await bodyOf<BulkBody>(submit([keyless, keyless]));
    expect(runs).toMatchObject([{ created: true }, { created: true }]);
  });

  it("names who asks for each", async () => {
    await submit([run, run]);
    expect(test.plane.submitters).toEqual([null, null]);
  });

  it("refuses all for one bad field, and says which", async () => {
    const bad = [run, { command: ["a", 1] }, { ...run, x: 1 }, [], { ...run, idempotencyKey: "" }];
    const problem = await expectProblem(await submit(bad), 400, "InvalidSpec");
    expect(problem.errors.map(({ path }) => path)).toEqual([
      ...["runs[1].command[1]", "runs[2].x", "runs[3]", "runs[4].idempotencyKey"],
    ]);
    nothingStored();
  });

  it.each(["a b", "k1,k2", "x".repeat(256), 7, {}])(
    "refuses the key %j",
    async (idempotencyKey) => {
      const problem = await expectProblem(
        await submit([{ ...run, idempotencyKey }]),
        400,
        "InvalidSpec",
      );
      expect(problem.errors).toMatchObject([{ path: "runs[0].idempotencyKey" }]);
      nothingStored();
    },
  );

  it("refuses what no machine could run with the code of a single submit", async () => {
    const huge = { ...run, resources: { cpu: "900" } };
    const problem = await expectProblem(await submit([run, huge]), 422, "Unplaceable");
    expect(problem.errors).toMatchObject([{ path: "runs[1].resources" }]);
    nothingStored();
  });

  it.each<[string, unknown, string]>([
    ["nothing", "", "runs"],
    ["a list", [run], "runs"],
    ["one run", run, "runs"],
    ["runs that are none", { runs: run }, "runs"],
    ["no runs", { runs: [] }, "runs"],
    ["an unknown field", { runs: [run], dryRun: true }, "dryRun"],
  ])("refuses %s as body", async (_what, body, path) => {
    const problem = await expectProblem(await test.post(PATH, body), 400, "InvalidRequest");
    expect(problem.errors[0]?.path).toBe(path);
    nothingStored();
  });

  it("takes as many runs as there may be, and not one more", async () => {
    const most = Array.from({ length: limits.bulkRunsMax }, () => run);
    expect((await submit(most)).status).toBe(200);
    await expectProblem(await submit([...most, run]), 400, "InvalidRequest");
  });

  it("takes more bytes than a single submit does, up to its own bound", async () => {
    const large = { shell: "x".repeat(limits.requestBytesMax / 10) };
    expect((await submit(Array.from({ length: 11 }, () => large))).status).toBe(200);
    const body = "x".repeat(limits.bulkRequestBytesMax + 1);
    const problem = await expectProblem(await test.post(PATH, body), 413, "SpecTooLarge");
    expect(problem.detail).toContain(String(limits.bulkRequestBytesMax));
  });

  it("refuses query parameters, and other methods with what is possible", async () => {
    await expectProblem(await test.post(`${PATH}?dry=1`, { runs: [run] }), 400, "InvalidRequest");
    const get = await test.app.request(PATH);
    await expectProblem(get, 405, "RouteNotFound");
    expect(get.headers.get("allow")).toBe("POST, OPTIONS");
  });
});
