import { afterEach, describe, expect, it, vi } from "vitest";
import { EPOCH_MS, runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { usagePoint } from "../../support/fakes/memory-usage.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

const id = runIdOf(1);
async function withRun() {
  const test = await setUp();
  const request = { spec: { command: ["true"] }, idempotencyKey: null, submittedBy: null };
  await test.plane.operations.submitRun(request);
  return test;
}

describe("hodei usage", () => {
  it("says what a run used, altogether and over time", async () => {
    const test = await withRun();
    expect(await test.cli(["usage", id])).toMatchObject({ exitCode: 0, out: "" });
    test.usage.points.push(usagePoint(0), usagePoint(60, { memoryTotalBytes: 0, attempt: 2 }));
    const { out } = await test.cli(["usage", id]);
    expect(out).toMatch(/^CPU {2,}12\.5 %, at most 99\.9 %$/m);
    expect(out).toMatch(/^Memory {2,}100Mi, at most 200Mi$/m);
    expect(out).toMatch(/^Disk {2,}-$/m);
    expect(out).toMatch(
      /^2026-01-02T03:04:05\.000Z +1 +12\.5 % +99\.9 % +100Mi +200Mi +1024Mi +6 /m,
    );
    expect(out).toMatch(/^2026-01-02T03:05:05\.000Z +2 .* - +6 /m);
    const [json] = lines((await test.cli(["usage", id, "--attempt", "2", "--json"])).out);
    expect(json).toMatchObject({ total: { reports: 1 }, points: [{ attempt: 2 }] });
  });

  it("says what a worker used, of some time", async () => {
    const test = await withRun();
    test.usage.points.push(usagePoint(0));
    const words = ["usage", "--worker", runIdOf(0xf000), "--since", "1h", "--limit", "7"];
    const begin = Date.now();
    expect((await test.cli(words)).err).toContain("nothing was reported");
    const [asked] = test.usage.asked;
    expect(asked).toMatchObject({ attempt: null, to: null, limit: 7 });
    expect(asked?.from).toBeGreaterThanOrEqual(begin - 3600_000);
    expect((await test.cli(["usage", "--worker", runIdOf(9)])).exitCode).toBe(1);
    for (const wrong of [
      ["--attempt", "first"],
      ["--since", "soon"],
      ["--limit", "0"],
    ])
      expect((await test.cli(["usage", id, ...wrong])).exitCode).toBe(2);
  });

  it("watches, until the run has ended and all of it is written", async () => {
    const test = await withRun();
    test.usage.points.push(usagePoint(0));
    const watching = test.start(["usage", id, "-w"]);
    await watching.says("03:04:05");
    test.usage.points.push(usagePoint(60));
    await watching.says("03:05:05");
    test.usage.endedAt = EPOCH_MS;
    test.usage.nowMs = EPOCH_MS + 60_001;
    const { exitCode, out } = await watching.result;
    expect(exitCode).toBe(0);
    expect(out.match(/^AT /gm)).toHaveLength(1);
    const told = lines((await test.cli(["usage", id, "-w", "--json"])).out);
    expect(told).toMatchObject([{ at: "2026-01-02T03:04:05.000Z" }, { reports: 6 }]);
  });
});
