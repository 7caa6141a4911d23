import type { RunPhase } from "#core/domain/job-run/phase.ts";
import { limits } from "#core/domain/limits.ts";
import type { JobPageQuery, RunOnPage } from "#core/ports/run-reader.ts";
import { JobStatus, type JobSummary, type ListJobsRequest } from "#proto/hodei.ts";
import { jobStatus } from "./job-codec.ts";
import { boundedText, invalidField } from "./wire-values.ts";

/** Which runs a wire status means; TIMEOUT is Failed for the deadline, FAILED every other failure. */
const PHASES: Readonly<Partial<Record<JobStatus, RunPhase>>> = {
  [JobStatus.JOB_STATUS_PENDING]: "Pending",
  [JobStatus.JOB_STATUS_QUEUED]: "Pending",
  [JobStatus.JOB_STATUS_ASSIGNED]: "Assigned",
  [JobStatus.JOB_STATUS_RUNNING]: "Running",
  [JobStatus.JOB_STATUS_COMPLETED]: "Succeeded",
  [JobStatus.JOB_STATUS_FAILED]: "Failed",
  [JobStatus.JOB_STATUS_CANCELLED]: "Cancelled",
  [JobStatus.JOB_STATUS_TIMEOUT]: "Failed",
};

/** What a request asks of the reader. Throws InvalidRequest naming the field. */
export function jobPageQuery({ limit, offset, status, searchTerm }: ListJobsRequest): JobPageQuery {
  const { pageItemsMax, pageItemsDefault, pageOffsetMax } = limits;
  if (limit < 0 || limit > pageItemsMax)
    throw invalidField("limit", "is out of range", `from 0 to ${pageItemsMax}`);
  if (offset < 0 || offset > pageOffsetMax)
    throw invalidField("offset", "is out of range", `from 0 to ${pageOffsetMax}`);
  const phase = status === undefined ? null : PHASES[status];
  if (phase === undefined) throw invalidField("status", "is no status", "a JobStatus");
  return {
    phase,
    timedOut: phase === "Failed" ? status === JobStatus.JOB_STATUS_TIMEOUT : null,
    nameContains: boundedText(searchTerm ?? "", limits.nameCharsMax),
    limit: limit === 0 ? pageItemsDefault : limit,
    offset,
  };
}

/** A run as a line of a list. */
export function jobSummary(run: RunOnPage): JobSummary {
  const end = run.finishedAt ?? run.now;
  return {
    jobId: { value: run.id },
    name: run.name,
    status: jobStatus(run),
    createdAt: new Date(run.createdAt),
    startedAt: dateOf(run.startedAt),
    completedAt: dateOf(run.finishedAt),
    duration: run.startedAt === null ? undefined : durationOf(end - run.startedAt),
    progressPercentage: run.phase === "Succeeded" ? 100 : (run.progress ?? 0),
  };
}

const dateOf = (ms: number | null): Date | undefined => (ms === null ? undefined : new Date(ms));

const durationOf = (ms: number) => ({
  seconds: Math.floor(ms / 1000),
  nanos: (ms % 1000) * 1_000_000,
});
