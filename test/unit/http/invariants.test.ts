import { describe, expect, test } from "vitest";
import { surveyInvariants } from "#core/application/survey-invariants.ts";
import { INVARIANTS } from "#core/domain/invariants.ts";
import { limits } from "#core/domain/limits.ts";
import type { InvariantsBody } from "#core/domain/spec/invariants-api.ts";
import { VERSION } from "#core/domain/version.ts";
import manifest from "../../../package.json" with { type: "json" };
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

describe("GET /v1/invariants", () => {
  test("answers each by name, in words, and what breaks it", async () => {
    const { app, invariants } = createTestApp();
    const first = [{ id: "w", detail: "overdue for 900 s" }];
    const found = [{ invariant: "lost-worker-leaves" as const, violations: 7, first }];
    invariants.seen.survey = { ...invariants.seen.survey, found };
    const body = await bodyOf<InvariantsBody>(app.request("/v1/invariants"));
    expect(body).toMatchObject({ violations: 7, checkedAt: "2026-01-02T03:04:05.000Z", runs: 2 });
    expect(body.invariants.map(({ name }) => name)).toEqual(INVARIANTS.map(({ name }) => name));
    const broken = body.invariants.filter(({ violations }) => violations > 0);
    expect(broken).toEqual([
      {
        ...{ name: "lost-worker-leaves", kind: "clock", violations: 7, first },
        says: "A worker whose lease is over leaves.",
      },
    ]);
    expect(body.platform).toMatchObject({ version: manifest.version, sweepIsLate: false });
    expect([body.scope, VERSION]).toEqual(["submit", manifest.version]);
    await expectProblem(await app.request("/v1/invariants?all=true"), 400, "InvalidRequest");
  });
});

test("a process has one look under way, answers it for some seconds, and keeps no failure", async () => {
  let [now, looks] = [0, 0];
  const survey = { at: 0, runs: 0, workers: 0, isCut: false, found: [] };
  const fails = [true];
  const look = surveyInvariants(
    {
      survey: async () => {
        looks += 1;
        if (fails.pop()) throw new Error("gone");
        return survey;
      },
    },
    () => now,
  );
  await expect(look()).rejects.toThrow("gone");
  await Promise.all([look(), look()]);
  await look();
  expect(looks).toBe(2);
  now += limits.invariantsAgainMs;
  await look();
  expect(looks).toBe(3);
});
