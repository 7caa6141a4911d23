import { constants } from "node:os";
import type { AttemptBody, RunBody } from "#core/domain/spec/api.ts";
import { EXIT } from "./cli-error.ts";

/** What `run --follow` exits with: as if the job had run right here, in this terminal. */
export function exitCodeOf(run: RunBody, attempts: readonly AttemptBody[]): number {
  if (run.phase === "Succeeded") return EXIT.ok;
  if (run.phase === "Cancelled") return EXIT.interrupted;
  const last = attempts.at(-1);
  if (run.reason === "DeadlineExceeded" || last?.failure === "timeout") return EXIT.deadline;
  const signal = last?.signal == null ? undefined : signalNumbers[last.signal];
  const code = signal === undefined ? (run.exitCode ?? last?.exitCode ?? 0) : 128 + signal;
  return code > 0 && code < 256 ? code : EXIT.failed;
}

const signalNumbers: Readonly<Record<string, number | undefined>> = constants.signals;
