import { describe, expect, test } from "vitest";
import type { UsageBody } from "#core/domain/spec/usage-api.ts";
import { EPOCH_MS, runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { usagePoint } from "../../support/fakes/memory-usage.ts";
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

const OF_RUN = `/v1/runs/${runIdOf(1)}/usage`;
const OF_WORKER = `/v1/workers/${runIdOf(0xf000)}/usage`;
const SETTLED_MS = 60_000;

async function createUsageApp() {
  const at = createTestApp();
  await at.submit();
  return at;
}

describe.each([
  ["a run", OF_RUN, "RunNotFound"],
  ["a worker", OF_WORKER, "WorkerNotFound"],
])("usage of %s", (_, path, code) => {
  test("is a total with its points", async () => {
    const { app, usage } = await createUsageApp();
    expect(await bodyOf(app.request(path))).toEqual({ total: null, isCut: false, points: [] });
    usage.points.push(usagePoint(0), usagePoint(60, { cpuPercentMax: 140 }));
    const body = await bodyOf<UsageBody>(app.request(path));
    expect(body.total).toEqual({
      ...{ firstAt: "2026-01-02T03:04:05.000Z", lastAt: "2026-01-02T03:05:55.000Z", reports: 2 },
      ...{ cpuPercent: 12.5, cpuPercentMax: 140, diskBytesMax: 0 },
      ...{ memoryBytes: 100 << 20, memoryBytesMax: 200 << 20 },
    });
    expect(body.points[0]).toEqual({
      ...usagePoint(0),
      ...{ at: "2026-01-02T03:04:05.000Z", lastAt: "2026-01-02T03:04:55.000Z" },
    });
    expect(body.points).toHaveLength(2);
  });

  test("takes an attempt, a time and a number of points", async () => {
    const { app, usage } = await createUsageApp();
    const query = "attempt=2&from=2026-01-02T03:04:05Z&to=2026-01-02T04:04:05%2B01:00&limit=7";
    expect((await app.request(`${path}?${query}`)).status).toBe(200);
    expect(usage.asked).toEqual([{ attempt: 2, from: EPOCH_MS, to: EPOCH_MS, limit: 7 }]);
  });

  test("names every parameter that is none, and knows what it does not know", async () => {
    const { app } = await createUsageApp();
    const bad = "attempt=0&from=today&to=x&limit=501&since=1&metric=cpu";
    const refused = await expectProblem(await app.request(`${path}?${bad}`), 400, "InvalidRequest");
    const paths = refused.errors.map((error) => error.path).sort();
    expect(paths).toEqual(["attempt", "from", "limit", "metric", "since", "to"]);
    const backwards = "from=2026-01-02T03:04:05Z&to=2026-01-02T03:04:04Z";
    await expectProblem(await app.request(`${path}?${backwards}`), 400, "InvalidRequest");
    const id = path.includes("runs") ? runIdOf(1) : runIdOf(0xf000);
    const nobody = path.replace(id, runIdOf(9));
    await expectProblem(await app.request(nobody), 404, code);
    await expectProblem(await app.request(`${nobody}?watch=1`), 404, code);
    await expectProblem(await app.request(path.replace(id, "x")), 400, "InvalidRequest");
  });
});

describe("usage that is watched", () => {
  const watched = async (response: Response) =>
    (await response.text())
      .split("\n\n")
      .flatMap((block) => /^(?:id: (\d+)\n)?event: (\w+)/m.exec(block)?.slice(1) ?? [])
      .map((part) => part ?? "-");

  test("is told when it comes and when it grows, until all of it is written", async () => {
    const { app, usage, during } = await createUsageApp();
    usage.points.push(usagePoint(0));
    during.push(
      () => {},
      () => usage.points.splice(0, 1, usagePoint(0, { lastAt: EPOCH_MS + 55_000 })),
      () => usage.points.push(usagePoint(60)),
      () => {
        usage.endedAt = EPOCH_MS;
      },
      () => {
        usage.nowMs = EPOCH_MS + SETTLED_MS + 1;
      },
    );
    const ids = [50_000, 55_000, 110_000].map((ms) => String(EPOCH_MS + ms));
    expect(await watched(await app.request(`${OF_RUN}?watch=1`))).toEqual([
      ...ids.flatMap((id) => [id, "usage"]),
      ...["-", "end"],
    ]);
    expect(during).toEqual([]);
  });

  test("goes on behind the last report, and ends with the time that was asked for", async () => {
    const { app, usage } = await createUsageApp();
    usage.points.push(usagePoint(0), usagePoint(60));
    usage.nowMs = EPOCH_MS + 3600_000;
    const last = String(EPOCH_MS + 50_000);
    const to = new Date(EPOCH_MS + 120_000).toISOString();
    const headers = { "last-event-id": last };
    const response = await app.request(`${OF_RUN}?watch=1&to=${to}`, { headers });
    const newest = String(EPOCH_MS + 110_000);
    expect(await watched(response)).toEqual([newest, "usage", "-", "end"]);
    expect(usage.asked[0]?.from).toBe(EPOCH_MS + 50_001);
    const bad = await app.request(`${OF_RUN}?watch=1&since=last`);
    await expectProblem(bad, 400, "InvalidRequest");
  });
});
