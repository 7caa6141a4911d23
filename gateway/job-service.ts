import { cancelRun } from "#core/application/cancel-run.ts";
import type { ItemOutcome, SubmitWithId } from "#core/application/operations.ts";
import { submitRun } from "#core/application/submit-run.ts";
import { submitRuns } from "#core/application/submit-runs.ts";
import { DomainError } from "#core/domain/errors.ts";
import type { NewRun } from "#core/ports/control-store.ts";
import type { JobExecutionServiceServer, QueuedJob, QueueJobRequest } from "#proto/hodei.ts";
import { callerOf } from "./callers.ts";
import { executionEvents } from "./execution-events.ts";
import type { Hub } from "./hub.ts";
import { jobDefinition, jobExecution, jobStatus, specInput } from "./job-codec.ts";
import { jobPageQuery, jobSummary } from "./list-jobs.ts";
import { manualCalls } from "./manual-calls.ts";
import { unary } from "./unary.ts";
import { boundedText, invalidField, requiredUuid } from "./wire-values.ts";

const SUBMITTER_CHARS_MAX = 255;
const REASON_CHARS_MAX = 500;

/** JobExecutionService: queue, cancel, look, and what may be said by hand. */
export function jobService(hub: Hub): JobExecutionServiceServer {
  const { deps } = hub;
  const submit = submitsOf(hub);
  return {
    queueJob: unary(deps.log, async (request, call) => {
      const { run } = await submitRun(submit, submitOf(request, callerOf(call).label));
      return {
        success: true,
        message: `Job queued: ${run.id}`, // where older clients look for the id
        queuedAt: new Date(run.createdAt),
        jobId: { value: run.id },
      };
    }),
    queueJobs: unary(deps.log, async ({ jobs: items }, call) => {
      const { label } = callerOf(call);
      const read = (item: QueueJobRequest) => submitOf(item, label);
      const outcomes = await submitRuns(submit, { field: "jobs", items, read });
      return { jobs: outcomes.map(queuedJob) };
    }),
    ...manualCalls(hub),
    executionEventStream: executionEvents(hub),
    listJobs: unary(deps.log, async (request) => {
      const { runs, total } = await deps.reader.page(jobPageQuery(request));
      return { jobs: runs.map(jobSummary), totalCount: total };
    }),
    cancelJob: unary(deps.log, async ({ jobId, reason }, call) => {
      const id = requiredUuid(jobId?.value, "job_id");
      const why = boundedText(reason, REASON_CHARS_MAX) || null;
      const { stopping } = await cancelRun(deps, id, why, callerOf(call).label);
      const message = stopping ? "Job is being stopped" : "Job cancelled";
      return { success: true, message, cancelledAt: new Date() };
    }),
    getJob: unary(deps.log, async ({ jobId }) => {
      const id = requiredUuid(jobId?.value, "job_id");
      const run = await deps.reader.run(id);
      if (!run) throw new DomainError("RunNotFound", `job ${id} does not exist`);
      const attempts = await deps.reader.attempts(id);
      return {
        job: jobDefinition(run),
        status: jobStatus(run),
        executions: attempts.map((attempt) => jobExecution(run, attempt)),
      };
    }),
  };
}

/** How a run is stored here, and who is asked to look. */
export const submitsOf = (hub: Hub) => ({
  ...hub.deps.submit,
  insertRun: (run: NewRun) => hub.submits.insert(run),
  insertRuns: (runs: readonly NewRun[]) => hub.submits.insertMany(runs),
  wake: hub.look,
});

/**
 * What a definition asks for. `queued_by` is what anybody may say: it counts only where nobody is
 * asked for a key. Throws InvalidRequest, InvalidSpec.
 */
export function submitOf(
  { jobDefinition: job, queuedBy }: QueueJobRequest,
  label: string | null,
): SubmitWithId {
  if (!job) throw invalidField("job_definition", "is required", "required");
  const given = job.jobId?.value;
  const id = given ? requiredUuid(given, "job_definition.job_id") : undefined;
  return {
    spec: specInput(job),
    ...(id && { id }),
    idempotencyKey: id ? `job-id:${id}` : null,
    submittedBy: label ?? (boundedText(queuedBy, SUBMITTER_CHARS_MAX) || null),
  };
}

function queuedJob(outcome: ItemOutcome): QueuedJob {
  if (outcome.id !== null) {
    const { id, created } = outcome;
    return { jobId: { value: id }, created, errorCode: "", errorMessage: "" };
  }
  const { code, message } = outcome.error;
  return { jobId: undefined, created: false, errorCode: code, errorMessage: message };
}
