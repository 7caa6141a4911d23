import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a program complained of, in one line; null = it went well. */
export type Complaint = string | null;

export interface ProgramOptions {
  readonly timeoutMs?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Runs an installer's step at the root of the repository to its end, its output kept back;
 * `timeoutMs` ends it. Never throws.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { timeoutMs = 120_000, environment = {} }: ProgramOptions = {},
): Complaint {
  const { error, status, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    timeout: timeoutMs,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      ...{ DEBIAN_FRONTEND: "noninteractive", PIP_DISABLE_PIP_VERSION_CHECK: "1" },
      ...environment,
    },
  });
  if (error) return error.message;
  return status === 0 ? null : (stderr.trim().split("\n").at(-1) ?? `exit code ${status}`);
}
