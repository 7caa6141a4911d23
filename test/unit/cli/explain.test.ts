import { afterEach, describe, expect, it, vi } from "vitest";
import { runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

describe("hodei explain", () => {
  it("says why for people, and the same as JSON", async () => {
    const test = await setUp();
    const spec = { command: ["true"], resources: { cpu: "9" } };
    await test.plane.operations.submitRun({ spec, idempotencyKey: null, submittedBy: null });
    const { out, exitCode } = await test.cli(["explain", runIdOf(1)]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Verdict {2,}NEVER$/m);
    expect(out).toMatch(/^ProfileMisfit +- +profile small: needs 9000m cpu, has 1000m$/m);
    expect(out).toContain("lower resources.cpu to 1000m (or give profile small 9000m)");
    for (const flags of [["--json"], ["-o", "json"]])
      expect(lines((await test.cli(["explain", runIdOf(1), ...flags])).out)).toMatchObject([
        { runId: runIdOf(1), verdict: "NEVER" },
      ]);
  });

  it("refuses what is no run and no format", async () => {
    const test = await setUp();
    expect((await test.cli(["explain", runIdOf(9)])).exitCode).toBe(1);
    expect((await test.cli(["explain", runIdOf(9), "-o", "xml"])).exitCode).toBe(2);
  });
});
