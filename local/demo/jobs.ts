import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { RunBody } from "#core/domain/spec/api.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const example = (name: string) =>
  parse(readFileSync(join(root, "examples", name), "utf8")) as object;

/** What a finished run of the demo must look like. `output` is its whole standard output. */
export interface Outcome {
  readonly run: RunBody;
  readonly output: string;
}

/** One job of the demo and the answer known beforehand; `check` says what is wrong, or null. */
export interface DemoJob {
  readonly title: string;
  readonly input: object;
  /** Cancel it as soon as it runs. */
  readonly cancelWhenRunning?: boolean;
  readonly check: (outcome: Outcome) => string | null;
}

const ends = (run: RunBody, phase: string, reason: string, attempts: number): string | null =>
  run.phase === phase && run.reason === reason && run.attempts === attempts
    ? null
    : `expected ${phase} (${reason}) after ${attempts} attempts, got ${run.phase} (${run.reason}) after ${run.attempts}`;

const says = (output: string, expected: string): string | null =>
  output.trim() === expected
    ? null
    : `expected the output ${expected}, got ${output.trim().slice(0, 80)}`;

export const SHORT_RUNS = 40;

/** Built when the demo starts: the known answers are worked out here, apart from the platform. */
export function demoJobs(): DemoJob[] {
  return [
    {
      title: "pi: 1,000 digits",
      input: piInput(),
      check: ({ run, output }) =>
        ends(run, "Succeeded", "Completed", 1) ??
        says(output, readFileSync(join(root, "examples/pi-1000-digits.txt"), "utf8").trim()),
    },
    {
      title: "pipeline: tables in the migrations",
      input: { ...example("pipeline.yaml"), workingDir: root.replace(/\/$/, "") },
      check: ({ run, output }) =>
        ends(run, "Succeeded", "Completed", 1) ?? says(output, String(countTables())),
    },
    {
      title: "flaky: fails twice, backs off, succeeds",
      input: example("flaky.yaml"),
      check: ({ run, output }) =>
        ends(run, "Succeeded", "Completed", 3) ?? says(output, "attempt 3 succeeds"),
    },
    {
      title: "overdue: exceeds its deadline",
      input: example("overdue.yaml"),
      check: ({ run }) => ends(run, "Failed", "DeadlineExceeded", 1),
    },
    {
      title: "endless: cancelled while it runs",
      input: example("endless.yaml"),
      cancelWhenRunning: true,
      check: ({ run }) => ends(run, "Cancelled", "CancelledByUser", 1),
    },
  ];
}

export function shortJobs(): DemoJob[] {
  return Array.from({ length: SHORT_RUNS }, (_, i) => ({
    title: `short ${i + 1}`,
    input: { ...example("short.yaml"), name: `short-${i + 1}`, env: { NUMBER: String(i + 1) } },
    check: ({ run, output }) =>
      ends(run, "Succeeded", "Completed", 1) ?? says(output, `run ${i + 1}`),
  }));
}

/** Perl with its bignum is not everywhere; the same digits are then worked out by Node. */
function piInput(): object {
  const probe = spawnSync("perl", ["-Mbignum=bpi", "-e", "1"], { stdio: "ignore" });
  if (probe.status === 0) return example("pi.yaml");
  return { name: "pi", command: [process.execPath, "-e", PI_BY_NODE] };
}

/** Machin's formula with ten guard digits, rounded to 1,000 digits. */
const PI_BY_NODE = `
  const scale = 10n ** 1010n;
  const arccot = (x) => { let sum = 0n, term = scale / x, n = 1n, sign = 1n;
    while (term > 0n) { sum += sign * term / n; term /= x * x; n += 2n; sign = -sign; } return sum; };
  const pi = 4n * (4n * arccot(5n) - arccot(239n));
  const digits = String((pi + 5n * 10n ** 10n) / 10n ** 11n);
  console.log(digits[0] + "." + digits.slice(1));`;

const countTables = (): number =>
  readdirSync(join(root, "migrations"))
    .filter((file) => /^0.*\.sql$/.test(file))
    .flatMap((file) => readFileSync(join(root, "migrations", file), "utf8").split("\n"))
    .filter((line) => line.startsWith("create table")).length;
