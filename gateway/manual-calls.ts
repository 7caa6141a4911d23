import {
  assignByHand,
  endByHand,
  type ManualDeps,
  type NamedExecution,
  progressByHand,
  startByHand,
} from "#core/application/manual-calls.ts";
import type { AttemptEnd } from "#core/domain/job-run/after-attempt.ts";
import type { ExecutionId, JobExecutionServiceServer, JobId } from "#proto/hodei.ts";
import { callerOf } from "./callers.ts";
import { deprecated } from "./deprecated.ts";
import type { Hub } from "./hub.ts";
import { boundedText, invalidField, requiredUuid } from "./wire-values.ts";

const MESSAGE_CHARS_MAX = 1024;
const EXIT_CODE_MAX = 2 ** 31 - 1;

type ManualMethods = Pick<
  JobExecutionServiceServer,
  "assignJob" | "startJob" | "updateProgress" | "completeJob" | "failJob"
>;

/** The calls by which a caller moves a run by hand; all of them deprecated. */
export function manualCalls(hub: Hub): ManualMethods {
  const { deps } = hub;
  const { store, reader, newId, random, gatewayId } = deps;
  const parts = { store, reader, newId, random, gatewayId, wake: hub.look };
  const manual = (call: object): ManualDeps => ({ ...parts, by: callerOf(call).label });
  const done = { success: true };
  return {
    assignJob: deprecated(deps, "AssignJob", async ({ jobId, workerId }, call) => {
      const runId = requiredUuid(jobId?.value, "job_id");
      const worker = requiredUuid(workerId?.value, "worker_id");
      const value = await assignByHand(manual(call), runId, worker);
      hub.dispatching.poke(); // it may be a worker of a stream that is here
      return { ...done, message: "Job assigned", executionId: { value }, assignedAt: new Date() };
    }),
    startJob: deprecated(deps, "StartJob", async (request, call) => {
      await startByHand(manual(call), namedExecution(request));
      return { ...done, message: "Job started", startedAt: new Date() };
    }),
    updateProgress: deprecated(deps, "UpdateProgress", async (request, call) => {
      await progressByHand(manual(call), namedExecution(request), progressOf(request));
      return { ...done, message: "Progress updated", updatedAt: new Date() };
    }),
    completeJob: deprecated(deps, "CompleteJob", async (request, call) => {
      const { output: stdout, errorOutput: stderr } = request;
      const end = endOf(exitCodeOf(request.exitCode));
      await endByHand(manual(call), namedExecution(request), end, { stdout, stderr });
      return { ...done, message: "Job completed", completedAt: new Date() };
    }),
    failJob: deprecated(deps, "FailJob", async (request, call) => {
      const { errorType, errorMessage } = request;
      const why = [errorType, errorMessage].filter((part) => part !== "").join(": ");
      const end = { ...endOf(null), detail: boundedText(why, MESSAGE_CHARS_MAX) || null };
      await endByHand(manual(call), namedExecution(request), end);
      return { ...done, message: "Job failed", failedAt: new Date() };
    }),
  };
}

interface WithExecution {
  readonly executionId?: ExecutionId | undefined;
  readonly jobId?: JobId | undefined;
}

function namedExecution({ executionId, jobId }: WithExecution): NamedExecution {
  return {
    executionId: requiredUuid(executionId?.value, "execution_id"),
    runId: jobId?.value ? requiredUuid(jobId.value, "job_id") : null,
  };
}

function progressOf(request: {
  readonly progressPercentage: number;
  readonly currentStage: string;
  readonly message: string;
}) {
  const percent = request.progressPercentage;
  if (percent < 0 || percent > 100)
    throw invalidField("progress_percentage", "is not a percentage", "from 0 to 100");
  const said = [request.currentStage, request.message].filter((part) => part !== "").join(": ");
  return { percent, message: boundedText(said, MESSAGE_CHARS_MAX) || null };
}

/** A number as text; nothing is 0, as the original has it. */
function exitCodeOf(text: string): number {
  if (text === "") return 0;
  const code = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (Math.abs(code) <= EXIT_CODE_MAX) return code;
  throw invalidField("exit_code", "is not an exit code", "a whole number as text");
}

/** null = it failed without one. */
const endOf = (exitCode: number | null): AttemptEnd => ({
  failure: exitCode === 0 ? null : "app",
  ...{ exitCode, signal: null, detail: null },
});
