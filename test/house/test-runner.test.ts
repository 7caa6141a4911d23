import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Report, summarize } from "../../scripts/test.ts";
import { ROOT } from "./source-files.ts";

const report = (given: Partial<Report>): Report => ({
  numPassedTests: 10,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...given,
});

describe("the last line of npm test", () => {
  it.each([
    ["all is well", report({}), 0, "10 passed, 0 failed", true],
    ["some failed", report({ numFailedTests: 2 }), 1, "10 passed, 2 failed", false],
    [
      "some are left out",
      report({ numPendingTests: 2, numTodoTests: 1 }),
      0,
      "10 passed, 0 failed, 3 skipped",
      true,
    ],
    [
      "a file cannot be loaded",
      report({ testResults: [{ status: "failed", assertionResults: [] }] }),
      1,
      "10 passed, 1 failed",
      false,
    ],
    [
      "a failed file is not counted beside its failed tests",
      report({
        numFailedTests: 1,
        testResults: [{ status: "failed", assertionResults: [{ status: "failed" }] }],
      }),
      1,
      "10 passed, 1 failed",
      false,
    ],
    ["nothing ran", report({ numPassedTests: 0 }), 0, "0 passed, 0 failed", false],
    ["vitest itself failed", report({}), 1, "10 passed, 1 failed", false],
    ["there is no report", null, 0, "0 passed, 0 failed", false],
    ["vitest died", null, 137, "0 passed, 1 failed", false],
  ] satisfies [string, Report | null, number, string, boolean][])(
    "when %s",
    (_when, given, exitCode, line, ok) => {
      expect(summarize(given, exitCode)).toEqual({ line, ok });
    },
  );

  it("is printed by the real thing, whose exit code says the same", () => {
    const run = (...args: string[]) => {
      const child = spawnSync(process.execPath, [join(ROOT, "scripts/test.ts"), ...args], {
        cwd: ROOT,
        encoding: "utf8",
      });
      return { last: child.stdout.trimEnd().split("\n").at(-1), code: child.status };
    };
    const good = ["--project", "unit", "test/unit/domain/timings.test.ts"];
    expect(run(...good)).toEqual({
      last: expect.stringMatching(/^\d+ passed, 0 failed$/),
      code: 0,
    });
    expect(run("--project", "unit", "test/unit/no-such-file").code).toBe(1);
  }, 60_000);
});

describe(".ci/run", () => {
  const file = join(ROOT, ".ci/run");

  it("can be executed, and does not wait for anybody", () => {
    expect(() => accessSync(file, constants.X_OK)).not.toThrow();
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(/^#!\/usr\/bin\/env bash\n/);
    expect(text).toContain("</dev/null");
    expect(spawnSync("bash", ["-n", file]).status).toBe(0);
  });

  it("installs, checks and tests, in this order", () => {
    const text = readFileSync(file, "utf8");
    // The unit and house tests of `check` are part of `npm test`: here they run once.
    const parts = ["lint", "types", "imports"].map((part) => `run --silent ${part}`);
    const places = ["npm ci", ...parts, "npm test"].map((step) => text.indexOf(step));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});
