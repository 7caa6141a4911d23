import type { JobCommand } from "../../../worker/job-command.ts";

/** A valid command, with what a test wants different. */
export const jobCommandOf = (overrides: Partial<JobCommand> = {}): JobCommand => ({
  executionId: "execution-1",
  fence: 1,
  runId: "run-1",
  runName: "nightly",
  attempt: 1,
  program: { kind: "argv", file: "true", args: [] },
  env: {},
  workingDir: null,
  stdin: null,
  parametersJson: null,
  timeoutMs: null,
  deadlineAt: null,
  graceMs: 10_000,
  logBytesMax: 1_000_000,
  ...overrides,
});
