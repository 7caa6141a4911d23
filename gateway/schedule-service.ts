import type { Caller } from "#core/application/authorise-call.ts";
import { checkCron } from "#core/application/check-cron.ts";
import { findSchedule } from "#core/application/find-schedule.ts";
import { scheduleOperations } from "#core/application/schedule-operations.ts";
import { DomainError, type FieldProblem, isDomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { isRunName } from "#core/domain/spec/run-name.ts";
import type { ScheduledJobServiceServer } from "#proto/hodei/job/scheduled_jobs.ts";
import { callerOf } from "./callers.ts";
import type { Hub } from "./hub.ts";
import { submitsOf } from "./job-service.ts";
import { scheduledJob, upcomingExecution } from "./schedule-codec.ts";
import { unary } from "./unary.ts";
import { boundedText, invalidField, requiredUuid, wholeNumber } from "./wire-values.ts";

const CALLER_CHARS_MAX = 255;

/** ScheduledJobService: templates that are run by the clock. */
export function scheduleService(hub: Hub): ScheduledJobServiceServer {
  const { log, templates, schedules, store } = hub.deps;
  const { requestStops } = store;
  const operations = scheduleOperations({ ...submitsOf(hub), templates, schedules, requestStops });
  const id = ({ scheduledJobId }: { scheduledJobId: string }) =>
    requiredUuid(scheduledJobId, "scheduled_job_id");
  return {
    createScheduledJob: unary(log, async (request, call) => {
      const input = {
        ...{ name: request.name, template: requiredUuid(request.templateId, "template_id") },
        ...settingsOf(request),
      };
      const createdBy = nameOf(callerOf(call), request.createdBy);
      const create = { input, idempotencyKey: null, createdBy };
      const { schedule } = await asOnTheWire(operations.create(create));
      return { scheduledJob: scheduledJob(schedule) };
    }),
    updateScheduledJob: unary(log, async (request, call) => {
      const reference = id(request);
      const change = { reference, input: settingsOf(request), by: callerOf(call).label };
      return { scheduledJob: scheduledJob(await asOnTheWire(operations.change(change))) };
    }),
    getScheduledJob: unary(log, async (request) => ({
      scheduledJob: scheduledJob(await findSchedule(schedules, id(request))),
    })),
    listScheduledJobs: unary(log, async ({ templateId, enabled, pageSize, pageToken }) => {
      if (pageToken !== "" && !isRunName(pageToken))
        throw invalidField("page_token", "is not one that was given", "next_page_token");
      const limit = pageLimit(pageSize, "page_size");
      const found = await schedules.schedules({
        templateId: templateId === "" ? null : requiredUuid(templateId, "template_id"),
        ...{ enabled: enabled ? true : null, limit, after: pageToken || null },
      });
      const last = found.length === limit ? found.at(-1) : undefined;
      return { scheduledJobs: found.map(scheduledJob), nextPageToken: last?.name ?? "" };
    }),
    deleteScheduledJob: unary(log, async (request, call) => {
      await operations.remove(id(request), callerOf(call).label);
      return { success: true };
    }),
    setScheduledJobStatus: unary(log, async (request, call) => {
      const { label } = callerOf(call);
      const schedule = await operations.setEnabled(id(request), request.enabled, label);
      return { scheduledJob: scheduledJob(schedule) };
    }),
    triggerScheduledJobNow: unary(log, async (request, call) => {
      const by = nameOf(callerOf(call), request.triggeredBy);
      const { run } = await operations.trigger({
        ...{ reference: id(request), idempotencyKey: null, by },
      });
      return { executionId: run.id, jobId: run.id };
    }),
    getUpcomingExecutions: unary(log, async ({ fromTime, toTime, templateId, limit }) => {
      const upcoming = await operations.upcoming({
        fromMs: instantMs(fromTime, "from_time"),
        toMs: instantMs(toTime, "to_time"),
        template: templateId === "" ? null : requiredUuid(templateId, "template_id"),
        limit: pageLimit(limit, "limit"),
      });
      return { executions: upcoming.map(upcomingExecution) };
    }),
    validateCronExpression: unary(log, async ({ cronExpression, timezone }) => {
      const { problem, next } = checkCron(cronExpression, timezone, await schedules.now());
      const times = next.map((at) => new Date(at));
      return {
        ...{ valid: problem === null, errorMessage: problem ?? "" },
        ...{ nextExecution: times[0], next10Executions: times },
      };
    }),
  };
}

/** What a request says of itself counts only where nobody is asked for a key. */
const nameOf = ({ label }: Caller, said: string): string | null =>
  label ?? (boundedText(said, CALLER_CHARS_MAX) || null);

interface Settings {
  readonly description: string;
  readonly cronExpression: string;
  readonly timezone: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly maxConsecutiveFailures: number;
  readonly pauseOnFailure: boolean;
}

const settingsOf = ({ cronExpression, timezone, ...settings }: Settings) => ({
  description: settings.description,
  ...{ cron: cronExpression, timezone: timezone || "UTC" },
  parameters: settings.parameters,
  maxConsecutiveFailures: settings.maxConsecutiveFailures,
  pauseOnFailure: settings.pauseOnFailure,
});

const WIRE_PATHS: Readonly<Record<string, string>> = {
  cron: "cron_expression",
  maxConsecutiveFailures: "max_consecutive_failures",
};

/** Refusals name fields as the wire does. */
async function asOnTheWire<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!isDomainError(error)) throw error;
    const fields = error.fields.map(
      ({ path, message }): FieldProblem => ({ path: WIRE_PATHS[path] ?? path, message }),
    );
    throw new DomainError(error.code, error.message, { fields, cause: error });
  }
}

function pageLimit(asked: number, path: string): number {
  const size = wholeNumber(asked, path);
  return size === 0 ? limits.pageItemsDefault : Math.min(size, limits.pageItemsMax);
}

function instantMs(at: Date | undefined, path: string): number | null {
  if (at === undefined) return null;
  const ms = at.getTime();
  if (Number.isFinite(ms)) return ms;
  throw invalidField(path, "is no instant", "an instant that a calendar has");
}
