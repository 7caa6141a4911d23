import { describe, expect, it } from "vitest";
import type { SchedulerBody } from "#core/domain/spec/scheduling-api.ts";
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

const JSON_TYPE = { "content-type": "application/json" };

function scheduler() {
  const { app } = createTestApp({ anonymous: "admin" });
  const put = (body: unknown) =>
    app.request("/v1/scheduler", {
      method: "PUT",
      headers: JSON_TYPE,
      body: JSON.stringify(body),
    });
  return { app, put, get: () => bodyOf<SchedulerBody>(app.request("/v1/scheduler")) };
}

describe("/v1/scheduler", () => {
  it("is read, replaced whole, and guarded by its version when one is named", async () => {
    const { get, put } = scheduler();
    expect(await get()).toEqual({ strategy: "packing", pendingRunsMax: 1_000_000, version: 0 });
    const set = { strategy: "least-loaded", pendingRunsMax: 5 };
    expect(await bodyOf(put(set))).toEqual({ ...set, version: 1 });
    expect(await bodyOf(put({ version: 1 }))).toEqual({
      ...{ strategy: "packing", pendingRunsMax: 1_000_000, version: 2 },
    });
    await expectProblem(await put({ ...set, version: 1 }), 409, "Conflict");
  });

  it.each([
    ["a list", [], ""],
    ["a strategy nobody knows", { strategy: "best" }, "strategy"],
    ["a queue of nothing", { pendingRunsMax: 0 }, "pendingRunsMax"],
    ["a queue beyond all bounds", { pendingRunsMax: 1_000_001 }, "pendingRunsMax"],
    ["a queue as text", { pendingRunsMax: "5" }, "pendingRunsMax"],
    ["a field nobody knows", { preemption: true }, "preemption"],
    ["half a version", { version: 0.5 }, "version"],
  ])("refuses %s", async (_, body, path) => {
    const problem = await expectProblem(await scheduler().put(body), 400, "InvalidRequest");
    expect(problem.errors.map((error) => error.path)).toEqual([path]);
  });

  it("refuses an empty body and parameters", async () => {
    const { app } = scheduler();
    const empty = await app.request("/v1/scheduler", { method: "PUT", headers: JSON_TYPE });
    await expectProblem(empty, 400, "InvalidRequest");
    await expectProblem(await app.request("/v1/scheduler?x=1"), 400, "InvalidRequest");
  });
});
