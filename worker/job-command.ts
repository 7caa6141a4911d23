/** What the gateway wants executed, free of wire types. Durations are milliseconds. */
export interface JobCommand {
  readonly executionId: string;
  readonly fence: number;
  readonly runId: string;
  readonly runName: string;
  /** Which try of the run this is, from 1. */
  readonly attempt: number;
  readonly program: Program;
  readonly env: Readonly<Record<string, string>>;
  /** null = a scratch directory of this attempt. */
  readonly workingDir: string | null;
  /** null = the process reads end of file at once. */
  readonly stdin: string | null;
  /** Values of the run's parameters, a JSON object that may hold secrets; null = it has none. */
  readonly parametersJson: string | null;
  /** Attempt timeout from the start of the process; null = none. */
  readonly timeoutMs: number | null;
  /** Instant on the monotonic clock at which the run's active deadline is over; null = none. */
  readonly deadlineAt: number | null;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  /** Output beyond this many bytes is dropped and counted. */
  readonly logBytesMax: number;
}

/** `none` is kept as a value so that an empty command ends as a start failure, with a result. */
export type Program =
  | { readonly kind: "argv"; readonly file: string; readonly args: readonly string[] }
  | { readonly kind: "script"; readonly interpreter: string; readonly content: string }
  | { readonly kind: "none" };
