import type { Reporter, TestCase } from "vitest/node";

/** Says of every skipped test why it was: a reporter of vitest's, used by `scripts/test.ts`. */
export default class SkipReasons implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state !== "skipped") return;
    process.stdout.write(`skipped: ${test.fullName}: ${result.note ?? "no reason given"}\n`);
  }
}
