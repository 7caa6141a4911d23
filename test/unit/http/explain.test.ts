import { describe, expect, it } from "vitest";
import type { ExplanationBody } from "#core/domain/spec/scheduling-api.ts";
import { runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

describe("GET /v1/runs/{id}/explain", () => {
  it("answers why, with instants as text", async () => {
    const { app, submit } = createTestApp();
    const id = await submit();
    const body = await bodyOf<ExplanationBody>(app.request(`/v1/runs/${id}/explain`));
    expect(body).toMatchObject({ runId: id, phase: "Pending", verdict: "NOT_YET" });
    expect(body.decidedAt).toBe("2026-01-02T03:04:05.000Z");
    expect(body.blockers).toMatchObject([{ code: "LaunchDue", since: null, misfits: [] }]);
    expect(body.unblockedBy).toMatchObject([{ wait: true }]);
  });

  it("refuses an unknown run, an id that is none, and parameters", async () => {
    const { app, submit } = createTestApp();
    const id = await submit();
    await expectProblem(await app.request(`/v1/runs/${runIdOf(9)}/explain`), 404, "RunNotFound");
    await expectProblem(await app.request("/v1/runs/x/explain"), 400, "InvalidRequest");
    const asked = await app.request(`/v1/runs/${id}/explain?deep=1`);
    await expectProblem(asked, 400, "InvalidRequest");
  });
});
