import { beforeEach, describe, expect, it } from "vitest";
import type { BulkCancelBody, RunBody } from "#core/domain/spec/api.ts";
import { runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

let test: ReturnType<typeof createTestApp>;
beforeEach(() => {
  test = createTestApp();
});

const patch = (id: string, body: unknown) =>
  test.app.request(`/v1/runs/${id}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const labelled = { command: ["true"], labels: { team: "a" } };
const cancel = (body: unknown) => test.post("/v1/runs/cancel", body);

describe("PATCH /v1/runs/:id", () => {
  it("changes what it names and answers the run", async () => {
    const id = await test.submit();
    const suspended = await bodyOf<RunBody>(patch(id, { suspend: true, priority: -7 }));
    expect(suspended).toMatchObject({ id, reason: "Suspended", priority: -7 });
    const resumed = await bodyOf<RunBody>(patch(id, { suspend: false }));
    expect(resumed).toMatchObject({ reason: "Queued", priority: -7 });
  });

  it("refuses a run that a worker has, and one that is not there", async () => {
    const id = await test.submit();
    test.plane.update(id, { phase: "Running" });
    await expectProblem(await patch(id, { suspend: true }), 409, "Conflict");
    await expectProblem(await patch(runIdOf(99), { suspend: true }), 404, "RunNotFound");
  });

  it.each<[string, unknown, string[]]>([
    ["nothing to change", {}, [""]],
    ["a list", [], [""]],
    ["bad values", { priority: 1001, suspend: "yes" }, ["priority", "suspend"]],
    ["a fraction", { priority: 1.5 }, ["priority"]],
    ["a field that never changes", { suspend: true, command: ["x"] }, ["command"]],
  ])("refuses %s", async (_what, body, paths) => {
    const problem = await expectProblem(
      await patch(await test.submit(), body),
      ...([400, "InvalidRequest"] as const),
    );
    expect(problem.errors.map(({ path }) => path)).toEqual(paths);
  });
});

describe("POST /v1/runs/cancel", () => {
  it("counts, then cancels page after page", async () => {
    for (let n = 0; n < 3; n += 1) await test.submit(labelled);
    await test.submit();
    const labels = { team: "a" };
    const dry = await bodyOf<BulkCancelBody>(cancel({ labels, dryRun: true }));
    expect(dry).toMatchObject({ count: 3, cancelled: 0 });
    const first = await bodyOf<BulkCancelBody>(cancel({ labels, cursor: dry.next, reason: "so" }));
    expect(first).toMatchObject({ cancelled: 2, next: expect.stringMatching(/^\d+$/) });
    const last = await bodyOf<BulkCancelBody>(cancel({ labels, cursor: first.next }));
    expect(last).toEqual({ count: null, cancelled: 1, stopping: 0, next: null });
    const phases = [1, 2, 3, 4].map(async (n) => (await test.plane.reader.run(runIdOf(n)))?.phase);
    expect(await Promise.all(phases)).toEqual(["Cancelled", "Cancelled", "Cancelled", "Pending"]);
    expect((await test.plane.reader.run(runIdOf(1)))?.message).toBe("so");
  });

  it("cancels nothing when there are not as many as expected", async () => {
    const id = await test.submit(labelled);
    const answer = await cancel({ labels: { team: "a" }, expectedCount: 3, allowedDifference: 1 });
    const { errors } = await expectProblem(answer, 409, "Conflict");
    expect(errors).toEqual([{ path: "expectedCount", message: expect.stringContaining("are 1") }]);
    expect((await test.plane.reader.run(id))?.phase).toBe("Pending");
  });

  it.each<[string, unknown, string[]]>([
    ["no labels", {}, ["labels"]],
    ["an empty map of labels", { labels: {} }, ["labels"]],
    ["labels that are none", { labels: { "a b": "x", c: 1 } }, ["labels.a b", "labels.c"]],
    ["a final phase", { labels: { a: "b" }, phases: ["Failed"] }, ["phases"]],
    ["no phase", { labels: { a: "b" }, phases: [] }, ["phases"]],
    [
      "other bad fields",
      { labels: { a: "b" }, dryRun: 1, expectedCount: -1, cursor: "x", reason: "\0", what: 1 },
      ["reason", "dryRun", "expectedCount", "cursor", "what"],
    ],
  ])("refuses %s", async (_what, body, paths) => {
    const { errors } = await expectProblem(await cancel(body), 400, "InvalidRequest");
    expect(errors.map(({ path }) => path)).toEqual(paths);
  });
});
