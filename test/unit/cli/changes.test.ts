import { afterEach, describe, expect, it, vi } from "vitest";
import { runIdOf } from "../../support/fakes/fake-control-plane.ts";
import type { CliTest } from "./test-cli.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

async function withRuns(...labels: Record<string, string>[]): Promise<CliTest> {
  const test = await setUp();
  for (const own of labels) {
    const request = { spec: { command: ["true"], labels: own }, idempotencyKey: null };
    await test.plane.operations.submitRun({ ...request, submittedBy: null });
  }
  return test;
}
const phaseOf = async (test: CliTest, n: number) =>
  (await test.plane.reader.run(runIdOf(n)))?.phase;

describe("hodei suspend, resume, set-priority", () => {
  it("change a waiting run", async () => {
    const test = await withRuns({});
    const id = runIdOf(1);
    expect(await test.cli(["suspend", id])).toMatchObject({ out: `${id} is suspended\n` });
    expect(await test.cli(["resume", id])).toMatchObject({ out: `${id} is resumed (Pending)\n` });
    expect(await test.cli(["set-priority", id, "-5"])).toMatchObject({
      out: `${id} has priority -5\n`,
    });
    const { out } = await test.cli(["set-priority", "--json", id, "12"]);
    expect(lines(out)).toMatchObject([{ id, priority: 12, reason: "Queued" }]);
  });

  it("say why not", async () => {
    const test = await withRuns({});
    test.plane.update(runIdOf(1), { phase: "Running" });
    const refused = await test.cli(["suspend", runIdOf(1)]);
    expect(refused).toMatchObject({ exitCode: 1, out: "" });
    expect(refused.err).toContain("is Running");
    expect(await test.cli(["set-priority", runIdOf(1), "high"])).toMatchObject({ exitCode: 2 });
  });
});

describe("hodei cancel --label", () => {
  it("cancels all that are there, page after page, when it need not ask", async () => {
    const test = await withRuns({ team: "a" }, { team: "a" }, { team: "b" }, { team: "a" });
    test.plane.update(runIdOf(4), { phase: "Running" });
    const done = await test.cli(["cancel", "-l", "team=a", "--yes", "--reason", "over"]);
    expect(done).toMatchObject({ exitCode: 0, out: "2 cancelled, 1 being stopped\n" });
    expect(await phaseOf(test, 3)).toBe("Pending");
    const nothing = await test.cli(["cancel", "-l", "team=zzz", "-y", "--json"]);
    expect(lines(nothing.out)).toEqual([{ count: 0, cancelled: 0, stopping: 0 }]);
  });

  it("cancels only these phases", async () => {
    const test = await withRuns({ team: "a" }, { team: "a" });
    test.plane.update(runIdOf(2), { phase: "Running" });
    await test.cli(["cancel", "-l", "team=a", "--phase", "Pending", "-y"]);
    expect(await Promise.all([phaseOf(test, 1), phaseOf(test, 2)])).toEqual([
      ...["Cancelled", "Running"],
    ]);
  });

  it.each([
    ["y\n", 0, "Cancelled"],
    ["yes\n", 0, "Cancelled"],
    ["\n", 1, "Pending"],
    ["no\n", 1, "Pending"],
    ["", 1, "Pending"],
  ] as const)(
    "asks at a terminal, with the count; %j is answered",
    async (stdin, exitCode, phase) => {
      const test = await withRuns({ team: "a" }, { team: "a" });
      const result = await test.cli(["cancel", "-l", "team=a", "--phase", "Pending"], {
        stdin,
        nodeArguments: ["--import", "data:text/javascript,process.stdin.isTTY=true"],
      });
      expect(result.err).toContain("cancel 2 runs (team=a, Pending)? [y/N]");
      expect(result).toMatchObject({ exitCode });
      expect(await phaseOf(test, 1)).toBe(phase);
    },
  );

  it("asks nobody where nobody is, and cancels nothing", async () => {
    const test = await withRuns({ team: "a" });
    const refused = await test.cli(["cancel", "-l", "team=a"], { stdin: "y\n" });
    expect(refused).toMatchObject({ exitCode: 2, out: "" });
    expect(refused.err).toContain("--yes");
    expect(await phaseOf(test, 1)).toBe("Pending");
  });

  it.each([[[]], [[runIdOf(1), "-l", "a=b"]], [[runIdOf(1), "--yes"]], [["-l", "noequals", "-y"]]])(
    "refuses %j",
    async (args) => {
      const test = await setUp();
      expect(await test.cli(["cancel", ...args])).toMatchObject({ exitCode: 2 });
    },
  );
});
