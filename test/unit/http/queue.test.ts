import { describe, expect, test } from "vitest";
import type { AttemptListBody } from "#core/domain/spec/api.ts";
import type { ForeseenBody, QueueBody } from "#core/domain/spec/scheduling-api.ts";
import { newWorker, runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

describe("GET /v1/queue", () => {
  test("says what waits, for what, since when, and what runs", async () => {
    const { app, plane, submit } = createTestApp();
    const empty = await bodyOf<QueueBody>(app.request("/v1/queue"));
    expect(empty.pending).toEqual({
      ...{ runs: 0, isLeast: false, due: 0, byReason: {}, byPriority: [], oldest: null },
    });
    await submit({ command: ["a"], suspend: true });
    plane.update(plane.newest(), { reason: "Suspended" });
    await submit({ command: ["b"], priority: 7 });
    await submit({ command: ["c"] });
    await submit();
    plane.update(plane.newest(), { phase: "Running" });
    await submit();
    plane.finish(plane.newest(), "Failed");
    expect(await bodyOf<QueueBody>(app.request("/v1/queue"))).toEqual({
      at: "2026-01-02T03:05:00.000Z",
      pending: {
        ...{ runs: 3, isLeast: false, due: 2, byReason: { Suspended: 1, Queued: 2 } },
        byPriority: [
          { priority: 7, runs: 1 },
          { priority: 0, runs: 2 },
        ],
        oldest: {
          id: runIdOf(2),
          createdAt: "2026-01-02T03:04:05.000Z",
          dueAt: "2026-01-02T03:04:05.000Z",
        },
      },
      live: { assigned: 0, running: 1, isLeast: false },
      newest: { runs: 5, isCut: false, succeeded: 0, failed: 1, cancelled: 0 },
    });
  });

  test("says where it stopped counting", async () => {
    const { app, plane } = createTestApp();
    const counted = await plane.reader.queue();
    plane.reader.queue = async () => ({
      ...{ ...counted, pending: 100_000, assigned: 1, running: 99_999, newest: 10_000 },
    });
    expect(await bodyOf<QueueBody>(app.request("/v1/queue"))).toMatchObject({
      ...{ pending: { isLeast: true }, live: { isLeast: true }, newest: { isCut: true } },
    });
    await expectProblem(await app.request("/v1/queue?all=true"), 400, "InvalidRequest");
  });
});

describe("POST /v1/runs/dry-run", () => {
  const SPEC = { command: ["true"], labels: { team: "data" } };

  test("says which worker a run would get, and stores nothing", async () => {
    const { post, plane } = createTestApp();
    const dry = () => bodyOf<ForeseenBody>(post("/v1/runs/dry-run", SPEC));
    expect(await dry()).toMatchObject({
      ...{ decidedAt: "2026-01-02T03:04:05.000Z", workerId: null, decision: null },
      reason: "no ready worker would take it now",
      spec: { name: "true", labels: { team: "data" }, backoffLimit: 0 },
    });
    plane.workers.push(newWorker());
    expect(await dry()).toMatchObject({
      ...{ workerId: newWorker().id, reason: null },
      decision: { strategy: "packing", candidates: null, score: 0, reasons: ["fits most tightly"] },
    });
    expect(plane.newest()).toBe("none");
  });

  test("refuses what a submit refuses", async () => {
    const { app, post } = createTestApp();
    const bad = await post("/v1/runs/dry-run", { comand: ["true"] });
    const { errors } = await expectProblem(bad, 400, "InvalidSpec");
    expect(errors.map(({ path }) => path)).toContain("comand");
    const huge = { ...SPEC, resources: { cpu: 900 } };
    await expectProblem(await post("/v1/runs/dry-run", huge), 422, "Unplaceable");
    const empty = await app.request("/v1/runs/dry-run", { method: "POST" });
    await expectProblem(empty, 400, "InvalidRequest");
  });
});

test("an attempt says why its worker was chosen, where anybody preferred anything", async () => {
  const { app, plane, submit } = createTestApp();
  const id = await submit();
  const decision = { strategy: "affinity", candidates: 3, score: 12, reasons: ["zone=a"] } as const;
  plane.addAttempt(id, {});
  plane.addAttempt(id, { decision });
  const { attempts } = await bodyOf<AttemptListBody>(app.request(`/v1/runs/${id}/attempts`));
  expect(attempts.map((attempt) => attempt.decision)).toEqual([null, decision]);
});

describe("GET /v1/workers", () => {
  test("asks for what a caller filters by", async () => {
    const { app, plane } = createTestApp();
    const query = new URLSearchParams({
      ...{ phase: "Ready,Busy", label: "zone=a", selector: "tier in (x, y),!old" },
      ...{ cpu: "1.5", memory: "2Gi", heardWithin: "30" },
    });
    expect((await app.request(`/v1/workers?${query}`)).status).toBe(200);
    expect((await app.request("/v1/workers?all=true")).status).toBe(200);
    expect(plane.workersAsked).toEqual([
      {
        phases: ["Ready", "Busy"],
        requirements: [
          { key: "zone", operator: "In", values: ["a"] },
          { key: "tier", operator: "In", values: ["x", "y"] },
          { key: "old", operator: "DoesNotExist", values: [] },
        ],
        ...{ cpuMillisMin: 1500, memoryMibMin: 2048, heardWithinMs: 30_000 },
      },
      { phases: [], requirements: [], cpuMillisMin: 0, memoryMibMin: 0, heardWithinMs: null },
    ]);
  });

  test("names every parameter that is none", async () => {
    const { app } = createTestApp();
    const bad = "phase=Ill&label=x&selector=a%20b&cpu=much&memory=-1&heardWithin=0";
    const { errors } = await expectProblem(
      await app.request(`/v1/workers?${bad}`),
      ...([400, "InvalidRequest"] as const),
    );
    const paths = ["heardWithin", "label", "phase", "selector", "cpu", "memory"];
    expect(errors.map(({ path }) => path).sort()).toEqual(paths.sort());
    const many = Array.from({ length: 33 }, (_, n) => `k${n}`).join(",");
    for (const selector of [many, `k in (${"a,".repeat(3000)}a)`]) {
      const response = await app.request(`/v1/workers?selector=${selector}`);
      await expectProblem(response, 400, "InvalidRequest");
    }
  });
});
