import { cancelRun } from "#core/application/cancel-run.ts";
import { submitRun } from "#core/application/submit-run.ts";
import { DomainError } from "#core/domain/errors.ts";
import type { JobExecutionServiceServer } from "#proto/hodei.ts";
import { isUuid } from "./codec.ts";
import type { Hub } from "./hub.ts";
import { jobDefinition, jobExecution, jobStatus, specInput } from "./job-codec.ts";
import { unary } from "./unary.ts";

/** JobExecutionService: queue, cancel, look. */
export function jobService(hub: Hub): JobExecutionServiceServer {
  const { deps } = hub;
  return {
    queueJob: unary(deps.log, async ({ jobDefinition: job, queuedBy }) => {
      if (!job) throw missing("job_definition");
      const id = job.jobId?.value ? uuid(job.jobId.value, "job_definition.job_id") : undefined;
      const { run } = await submitRun(deps.submit, {
        spec: specInput(job),
        ...(id && { id }),
        idempotencyKey: id ? `job-id:${id}` : null,
        submittedBy: queuedBy.slice(0, 255) || null,
      });
      return {
        success: true,
        message: `Job queued: ${run.id}`, // where older clients look for the id
        queuedAt: new Date(run.createdAt),
        jobId: { value: run.id },
      };
    }),
    cancelJob: unary(deps.log, async ({ jobId, reason }) => {
      const id = uuid(jobId?.value, "job_id");
      const { stopping } = await cancelRun(deps, id, reason.slice(0, 500) || null);
      const message = stopping ? "Job is being stopped" : "Job cancelled";
      return { success: true, message, cancelledAt: new Date() };
    }),
    getJob: unary(deps.log, async ({ jobId }) => {
      const id = uuid(jobId?.value, "job_id");
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

function uuid(value: string | undefined, path: string): string {
  if (!value) throw missing(path);
  if (isUuid(value)) return value.toLowerCase();
  throw new DomainError("InvalidRequest", `${path} is not a UUID`, {
    fields: [{ path, message: "a UUID" }],
  });
}

const missing = (path: string) =>
  new DomainError("InvalidRequest", `${path} is required`, {
    fields: [{ path, message: "required" }],
  });
