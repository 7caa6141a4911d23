import { afterEach, describe, expect, it, vi } from "vitest";
import { runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

const id = runIdOf(1);
const ENDED = { startedAt: 1, endedAt: 2 };
async function withRun() {
  const test = await setUp();
  const request = { spec: { command: ["true"] }, idempotencyKey: null, submittedBy: null };
  await test.plane.operations.submitRun(request);
  return test;
}

describe("hodei logs verify", () => {
  it("says of a complete output that it is, and exits 0", async () => {
    const test = await withRun();
    test.plane.addAttempt(id, { ...ENDED, logLastSeq: 1 });
    test.plane.write(id, "hello\n");
    test.plane.finish(id, "Succeeded");
    const { exitCode, out, err } = await test.cli(["logs", "verify", id]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toMatch(/^1 +complete +1 +6 +1 +1$/m);
  });

  it("says of each attempt what is missing, and exits 1", async () => {
    const test = await withRun();
    test.plane.addAttempt(id, { ...ENDED, logLastSeq: null });
    test.plane.addAttempt(id, { ...ENDED, logLastSeq: 3 });
    test.plane.write(id, "hello\n");
    const { exitCode, out, err } = await test.cli(["logs", "verify", id]);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^1 +unknown-end +1 +6 +1 +-$/m);
    expect(out).toMatch(/^2 +gaps +0 +0 +0 +3$/m);
    expect(err).toContain("attempt 1 may have written more");
    expect(err).toContain("pieces 1 to 3 of attempt 2 are missing");
    expect(err).toContain("the run has not ended");
    const json = await test.cli(["logs", "verify", id, "--json"]);
    expect(lines(json.out)).toMatchObject([{ complete: false, attempts: [{}, { moreGaps: 0 }] }]);
  });

  it("does not stand in the way of a run's output", async () => {
    const test = await withRun();
    test.plane.write(id, "hello\n");
    const gap = { attempt: 1, from: 2, to: 4, reason: "lost" } as const;
    test.plane.write(id, "", { gap });
    test.plane.write(id, "again\n");
    const { out, err } = await test.cli(["logs", id]);
    expect(out).toBe("hello\nagain\n");
    expect(err).toContain("pieces 2 to 4 of attempt 1 are missing");
  });
});
