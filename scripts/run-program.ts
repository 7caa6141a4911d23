import { spawnSync } from "node:child_process";

/** What a program complained of, in one line; null = it went well. */
export type Complaint = string | null;

/** Runs an installer's step to its end, its output kept back; `timeoutMs` ends it. Never throws. */
export function runProgram(
  program: string,
  args: readonly string[],
  timeoutMs: number = 120_000,
): Complaint {
  const { error, status, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    timeout: timeoutMs,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", PIP_DISABLE_PIP_VERSION_CHECK: "1" },
  });
  if (error) return error.message;
  return status === 0 ? null : (stderr.trim().split("\n").at(-1) ?? `exit code ${status}`);
}
