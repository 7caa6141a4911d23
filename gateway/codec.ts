import type { AttemptEnd as DomainEnd } from "#core/domain/job-run/after-attempt.ts";
import type { FailureClass } from "#core/domain/job-run/attempt.ts";
import type { limits as Limits } from "#core/domain/limits.ts";
import type { Command } from "#core/domain/spec/run-spec.ts";
import { parameterEnv } from "#core/domain/template/parameter.ts";
import type { Dispatch, LogRecord } from "#core/ports/control-store.ts";
import type { AttemptEnd as WireEnd } from "#proto/hodei.ts";
import {
  AttemptEnd,
  type CancelJobCommand,
  type CommandSpec,
  type JobResultMessage,
  type LogChunk,
  type RunJobCommand,
  type WorkerInfo,
} from "#proto/hodei.ts";
import { boundedText, instantOf } from "./wire-values.ts";

/** Nothing on the wire lies between 0 (none) and this: a peer divides by 1000 in integers. */
const TIMEOUT_MS_MIN = 1000;

/** The command of an assigned attempt, as both generations of workers read it. */
export function runCommand(
  dispatch: Dispatch,
  { limits, original }: { limits: typeof Limits; original: boolean },
): RunJobCommand {
  const { spec } = dispatch;
  if (!spec) throw new Error("a dispatch to run carries its spec");
  const deadlineMs = Math.max(1, Math.round(dispatch.deadlineInMs));
  // To the original's workers 0 is not "none" but a job timed out at once: they get the deadline.
  const without = original ? deadlineMs : 0;
  const timeoutMs =
    spec.attemptTimeoutSeconds === null ? without : spec.attemptTimeoutSeconds * 1000;
  return {
    jobId: dispatch.runId,
    jobName: dispatch.name,
    command: commandSpec(spec.command, original),
    env: { ...spec.env, ...parameterEnv(dispatch.parameters ?? {}) },
    inputs: [],
    outputs: [],
    timeoutMs: timeoutMs === 0 ? 0 : Math.max(TIMEOUT_MS_MIN, Math.round(timeoutMs)),
    workingDir: spec.workingDir ?? "",
    executionId: dispatch.executionId,
    fence: dispatch.fence,
    attempt: dispatch.fence,
    deadlineMs,
    graceMs: spec.terminationGracePeriodSeconds * 1000,
    logBytesMax: limits.logBytesPerAttemptMax,
    parametersJson: dispatch.parameters === null ? "" : JSON.stringify(dispatch.parameters),
  };
}

/** Programs that run what follows `-c`, as the first generation calls every interpreter. */
const TAKES_CODE = /(?:^|\/)(?:(?:ba|da|a|z|k|fi)?sh|python[\d.]*)$/;
/** For the others, of whom some only check the syntax then and succeed: a file, as is right. */
const FROM_FILE =
  'f=$(mktemp) && printf %s "$1" >"$f" || exit 126; trap \'rm -f "$f"\' EXIT; "$0" "$f"';

function commandSpec(command: Command, original: boolean): CommandSpec {
  switch (command.kind) {
    case "argv": {
      const [cmd = "", ...args] = command.argv;
      return { commandType: { $case: "shell", value: { cmd, args } } };
    }
    case "shell":
      return {
        commandType: { $case: "shell", value: { cmd: "/bin/sh", args: ["-c", command.line] } },
      };
    case "script": {
      const { interpreter, content } = command;
      if (original && !TAKES_CODE.test(interpreter)) {
        const args = ["-c", FROM_FILE, interpreter, content];
        return { commandType: { $case: "shell", value: { cmd: "/bin/sh", args } } };
      }
      return { commandType: { $case: "script", value: { interpreter, content } } };
    }
    default:
      return command satisfies never;
  }
}

export const cancelCommand = (
  runId: string,
  executionId: string,
  discard: boolean,
): CancelJobCommand => ({ jobId: runId, force: discard, executionId, discard });

const ENDS: Record<WireEnd, FailureClass | "by-exit-code"> = {
  [AttemptEnd.ATTEMPT_END_UNSPECIFIED]: "by-exit-code",
  [AttemptEnd.ATTEMPT_END_EXITED]: "by-exit-code",
  [AttemptEnd.ATTEMPT_END_START_FAILED]: "app",
  [AttemptEnd.ATTEMPT_END_TIMEOUT]: "timeout",
  [AttemptEnd.ATTEMPT_END_DEADLINE]: "deadline",
  [AttemptEnd.ATTEMPT_END_CANCELLED]: "stopped",
  // Its own budget, not free: a job can end its own worker, and would run for ever.
  [AttemptEnd.ATTEMPT_END_DRAINED]: "worker-lost",
  [AttemptEnd.ATTEMPT_END_OUT_OF_MEMORY]: "oom",
  [AttemptEnd.ATTEMPT_END_AGENT_LOST]: "worker-lost",
  [AttemptEnd.UNRECOGNIZED]: "by-exit-code",
};

const DETAIL_CHARS_MAX = 2048;
const SIGNAL_CHARS_MAX = 32;

/**
 * How an attempt ended, of either generation. The exit code decides over the `success` flag; the
 * later original reports its own timeouts as a text that begins with TIMEOUT.
 */
export function attemptEnd(result: JobResultMessage): DomainEnd {
  const kind = ENDS[result.end] ?? "by-exit-code";
  const detail = boundedText(result.errorMessage, DETAIL_CHARS_MAX) || null;
  const signal = boundedText(result.signal, SIGNAL_CHARS_MAX) || null;
  const base = { exitCode: result.exitCode, signal, detail };
  if (kind !== "by-exit-code") return { ...base, failure: kind };
  if (result.exitCode === 0 && signal === null && result.errorMessage === "")
    return { ...base, failure: null };
  if (result.errorMessage.startsWith("TIMEOUT:")) return { ...base, failure: "timeout" };
  return { ...base, failure: "app" };
}

/** What a worker says of itself, kept for people; only known fields, bounded. */
export function workerInfo(info: WorkerInfo) {
  const text = (value: string) => boundedText(value, 256);
  return {
    name: text(info.name),
    version: text(info.version),
    hostname: text(info.hostname),
    ipAddress: text(info.ipAddress),
    os: text(info.osInfo),
    architecture: text(info.architecture),
    capabilities: info.capabilities.slice(0, 32).map(text),
  };
}

export function logRecord(
  chunk: LogChunk,
  { executionId, workerId }: { executionId: string; workerId: string },
  receivedAtMs: number,
): LogRecord {
  return {
    executionId,
    fence: chunk.fence,
    workerId,
    seq: chunk.seq,
    stderr: chunk.isStderr,
    atMs: instantOf(chunk.timestamp, receivedAtMs),
    data: chunk.data,
    droppedBytes: chunk.truncated?.droppedBytes ?? null,
    droppedLines: chunk.truncated?.droppedLines ?? null,
  };
}
