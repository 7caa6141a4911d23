/** A failure that the person in front of the terminal can do something about. */
export class CliError extends Error {
  readonly exitCode: number;
  /** What to do now; null when the message says it all. */
  readonly hint: string | null;

  constructor(
    message: string,
    options: { exitCode?: number; hint?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CliError";
    this.exitCode = options.exitCode ?? EXIT.failed;
    this.hint = options.hint ?? null;
  }
}

export const EXIT = {
  ok: 0,
  /** The API said no, or could not be reached. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** Nobody could say whether an attempt counts: EX_UNAVAILABLE. */
  unanswered: 69,
  /** The attempt counts no more: EX_TEMPFAIL. */
  superseded: 75,
  /** A run that ran out of time, as `timeout(1)` has it. */
  deadline: 124,
  /** Ctrl-C, and a run that was cancelled: 128 + SIGINT. */
  interrupted: 130,
  /** Nobody reads our output any more: 128 + SIGPIPE. */
  brokenPipe: 141,
} as const;

export const usageError = (message: string, hint?: string): CliError =>
  new CliError(message, { exitCode: EXIT.usage, ...(hint === undefined ? {} : { hint }) });
