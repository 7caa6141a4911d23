/**
 * `npm test`: every test of every project in one vitest run, which fills the cores by itself and
 * keeps for last, one at a time, the files that measure or break something. Arguments go to vitest as they are
 * (`npm test -- --project unit`). The last line always is `N passed, N failed`, with `, N skipped`
 * when there are such; exit code 1 when a test failed, nothing ran, or vitest itself failed.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What is read of the report that vitest's JSON reporter writes. */
export interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** The last line, and whether all is well. `exitCode`: vitest's own. null = it left no report. */
export function summarize(report: Report | null, exitCode: number): { line: string; ok: boolean } {
  const passed = report?.numPassedTests ?? 0;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  // A file that cannot be loaded fails without a failed test of its own.
  const files = (report?.testResults ?? []).filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  const counted = (report?.numFailedTests ?? 0) + files.length;
  const failed = counted === 0 && exitCode !== 0 ? 1 : counted;
  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  return { line, ok: failed === 0 && passed > 0 };
}

const SKIP_REASONS = join(root, "scripts/skip-reasons.ts");

/** Runs vitest with its output passed through; answers its exit code. */
function runVitest(reportFile: string, args: readonly string[]): Promise<number> {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  // Tests that a pattern leaves out are skipped for no other reason.
  const isChosen = args.some((arg) => /^(-t|--testNamePattern)\b/.test(arg));
  const reporters = ["default", "json", ...(isChosen ? [] : [SKIP_REASONS])];
  const child = spawn(
    process.execPath,
    [
      vitest,
      "run",
      ...reporters.map((reporter) => `--reporter=${reporter}`),
      `--outputFile.json=${reportFile}`,
      ...args,
    ],
    { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => void child.kill(signal));
  return new Promise((resolve) => {
    child.on("error", () => resolve(1));
    child.on("close", (code) => resolve(code ?? 1));
  });
}

function readReport(file: string): Report | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch {
    return null;
  }
}

/** Runs the tests with these arguments for vitest, and says how it went. */
export async function main(args: readonly string[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "hodei-report-"));
  const reportFile = join(directory, "report.json");
  const exitCode = await runVitest(reportFile, args);
  const { line, ok } = summarize(readReport(reportFile), exitCode);
  rmSync(directory, { recursive: true, force: true });
  process.stdout.write(`${line}\n`);
  process.exitCode = ok ? 0 : 1;
}

if (import.meta.main) await main(process.argv.slice(2));
