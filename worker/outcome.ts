import { constants } from "node:os";
import type { AttemptEnd, Outcome, StopReason } from "./attempt-result.ts";

/** What the operating system said about the end of the main process. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Everything the verdict on a finished process depends on. */
export interface ExitEvidence {
  readonly exit: ProcessExit;
  /** Set when the agent began to stop the process before it ended. */
  readonly stop: StopReason | null;
  /** The kernel killed something in our memory group during the attempt. */
  readonly oomKilled: boolean;
}

const SIGKILL_EXIT_CODE = 128 + constants.signals.SIGKILL;

/** A stop asked for by us names the end, whatever the process answered to SIGTERM. */
export function outcomeOfExit({ exit, stop, oomKilled }: ExitEvidence): Outcome {
  const exitCode = exit.signal === null ? (exit.code ?? 1) : 128 + constants.signals[exit.signal];
  // A shell whose child was killed reports 137 itself instead of dying of the signal.
  const outOfMemory = stop === null && oomKilled && exitCode === SIGKILL_EXIT_CODE;
  const end: AttemptEnd = stop ?? (outOfMemory ? "OutOfMemory" : "Exited");
  return { end, exitCode, signal: exit.signal ?? "", errorMessage: messageOf(end, exitCode, exit) };
}

function messageOf(end: AttemptEnd, exitCode: number, exit: ProcessExit): string {
  switch (end) {
    case "Timeout":
      return "stopped: the attempt timeout was reached";
    case "Deadline":
      return "stopped: the active deadline of the run was reached";
    case "Cancelled":
      return "stopped: cancelled";
    case "Drained":
      return "stopped: the worker had to leave";
    case "OutOfMemory":
      return "killed by the kernel for lack of memory";
    default:
      if (exit.signal !== null) return `killed by ${exit.signal}`;
      return exitCode === 0 ? "" : `exited with code ${exitCode}`;
  }
}

/** The end of an execution that was stopped before its process existed. */
export function outcomeBeforeStart(stop: StopReason): Outcome {
  const exitCode = 128 + constants.signals.SIGTERM;
  return { end: stop, exitCode, signal: "", errorMessage: "stopped before it was started" };
}

/**
 * The end of an execution whose process could not be made. Codes as a shell's: 127 when the program
 * is not there, 126 when it cannot be run.
 */
export function outcomeOfStartFailure(error: unknown): Outcome {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : START_FAILURES[code];
  const text = error instanceof Error ? error.message : String(error);
  return {
    end: "StartFailed",
    exitCode: code === "ENOENT" ? 127 : 126,
    signal: "",
    errorMessage: `could not be started: ${known === undefined ? text : `${known}: ${path ?? text}`}`,
  };
}

const START_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: "no such program or file",
  EACCES: "permission denied",
  E2BIG: "arguments and environment are too long",
  ENOSPC: "no space left on the disk",
};
