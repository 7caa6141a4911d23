import {
  type HeldExecution,
  type JobResultMessage,
  type LogChunk,
  type RunJobCommand,
  type SelfTerminateMessage,
  AttemptEnd as WireEnd,
  type WorkerHeartbeat,
  type WorkerMessage,
  WorkerStatus,
} from "#proto/hodei.ts";
import type { AttemptEnd, AttemptResult } from "./attempt-result.ts";
import type { JobCommand, Program } from "./job-command.ts";
import type { OutputChunk } from "./log-ring.ts";
import type { Usage } from "./machine-usage.ts";

const WIRE_END: Readonly<Record<AttemptEnd, WireEnd>> = {
  Exited: WireEnd.ATTEMPT_END_EXITED,
  StartFailed: WireEnd.ATTEMPT_END_START_FAILED,
  Timeout: WireEnd.ATTEMPT_END_TIMEOUT,
  Deadline: WireEnd.ATTEMPT_END_DEADLINE,
  Cancelled: WireEnd.ATTEMPT_END_CANCELLED,
  Drained: WireEnd.ATTEMPT_END_DRAINED,
  OutOfMemory: WireEnd.ATTEMPT_END_OUT_OF_MEMORY,
  AgentLost: WireEnd.ATTEMPT_END_AGENT_LOST,
};

/**
 * The wire's command in the worker's own words. `receivedAt` is an instant on the monotonic clock:
 * the wire carries what is left until the deadline, never an instant.
 */
export function jobCommand(
  wire: RunJobCommand,
  receivedAt: number,
  logBytesMaxDefault: number,
): JobCommand {
  return {
    executionId: wire.executionId,
    fence: wire.fence,
    runId: wire.jobId,
    runName: wire.jobName,
    attempt: wire.attempt,
    program: programOf(wire),
    env: wire.env,
    workingDir: wire.workingDir === "" ? null : wire.workingDir,
    stdin: wire.stdin ?? null,
    timeoutMs: wire.timeoutMs > 0 ? wire.timeoutMs : null,
    deadlineAt: wire.deadlineMs > 0 ? receivedAt + wire.deadlineMs : null,
    graceMs: Math.max(0, wire.graceMs),
    logBytesMax: wire.logBytesMax > 0 ? wire.logBytesMax : logBytesMaxDefault,
  };
}

function programOf({ command }: RunJobCommand): Program {
  const type = command?.commandType;
  if (type?.$case === "shell" && type.value.cmd !== "") {
    return { kind: "argv", file: type.value.cmd, args: type.value.args };
  }
  if (type?.$case === "script" && type.value.interpreter !== "") {
    return { kind: "script", ...type.value };
  }
  return { kind: "none" };
}

export const acceptMessage = ({ executionId, fence }: HeldExecution): WorkerMessage => ({
  payload: { $case: "accept", value: { executionId, fence } },
});

export const refuseMessage = (
  { executionId, fence }: HeldExecution,
  reason: string,
): WorkerMessage => ({ payload: { $case: "refuse", value: { executionId, fence, reason } } });

export function resultMessage(result: AttemptResult): WorkerMessage {
  const value: JobResultMessage = {
    jobId: result.runId,
    exitCode: result.exitCode,
    success: result.end === "Exited" && result.exitCode === 0,
    errorMessage: result.errorMessage,
    completedAt: new Date(result.completedAt),
    executionId: result.executionId,
    fence: result.fence,
    resultId: result.resultId,
    signal: result.signal,
    end: WIRE_END[result.end],
    logLastSeq: result.logLastSeq,
  };
  return { payload: { $case: "result", value } };
}

export function logChunk(executionId: string, fence: number, chunk: OutputChunk): LogChunk {
  return {
    executionId,
    fence,
    seq: chunk.seq,
    isStderr: chunk.isStderr,
    timestamp: chunk.at,
    data: chunk.data,
    truncated: chunk.truncated ?? undefined,
  };
}

/** An execution the worker answers for: waiting, running, or finished and not acknowledged. */
interface Held {
  readonly executionId: string;
  readonly fence: number;
  readonly runId: string;
}

export function heartbeatMessage(
  workerId: string,
  held: readonly Held[],
  draining: boolean,
  usage: Usage,
): WorkerMessage {
  const busy =
    held.length > 0 ? WorkerStatus.JOB_STATUS_BUSY : WorkerStatus.WORKER_STATUS_AVAILABLE;
  const value: WorkerHeartbeat = {
    workerId: { value: workerId },
    status: draining ? WorkerStatus.WORKER_STATUS_DRAINING : busy,
    usage: {
      cpuCores: usage.cpuCores,
      memoryBytes: usage.memoryBytes,
      diskBytes: 0,
      gpuCount: 0,
      customUsage: {},
    },
    activeJobs: held.length,
    runningJobIds: held.map(({ runId }) => runId),
    timestamp: new Date(),
    droppedLogs: 0,
    executions: held.map(({ executionId, fence }) => ({ executionId, fence })),
  };
  return { payload: { $case: "heartbeat", value } };
}

export interface IdleTime {
  readonly workerId: string;
  /** Run executed last, empty if none was. */
  readonly lastJobId: string;
  readonly cleanupTimeoutMs: number;
  readonly waitedMs: number;
}

export function selfTerminateMessage(idle: IdleTime): WorkerMessage {
  const value: SelfTerminateMessage = {
    workerId: idle.workerId,
    lastJobId: idle.lastJobId,
    expectedCleanupMs: idle.cleanupTimeoutMs,
    actualWaitMs: idle.waitedMs,
    reason: "idle",
  };
  return { payload: { $case: "selfTerminate", value } };
}
