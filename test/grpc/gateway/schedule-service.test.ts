import { randomUUID } from "node:crypto";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import {
  CreateScheduledJobRequest,
  type CreateScheduledJobResponse,
  type DeleteScheduledJobResponse,
  type GetScheduledJobResponse,
  GetUpcomingExecutionsRequest,
  type GetUpcomingExecutionsResponse,
  ListScheduledJobsRequest,
  type ListScheduledJobsResponse,
  ScheduledJobServiceClient,
  type SetScheduledJobStatusResponse,
  type TriggerScheduledJobNowResponse,
  UpdateScheduledJobRequest,
  type UpdateScheduledJobResponse,
  type ValidateCronExpressionResponse,
} from "#proto/hodei/job/scheduled_jobs.ts";
import {
  CreateTemplateRequest,
  type CreateTemplateResponse,
  type GetExecutionResponse,
  TemplateManagementServiceClient,
} from "#proto/hodei/job/templates.ts";
import type { DeepPartial } from "#proto/hodei.ts";
import { startGateway } from "../../support/gateway-fixture.ts";
import { statusOf, unary } from "../../support/scripted-worker.ts";

const TEMPLATE = {
  ...{ name: "report", spec: { command: "true" } },
  parameters: [
    { name: "REGION", parameterType: "STRING", required: true },
    { name: "TOKEN", parameterType: "STRING", secret: true },
  ],
};

async function schedules() {
  const gateway = await startGateway({ anonymous: "admin" });
  const address = `127.0.0.1:${gateway.port}`;
  const client = new ScheduledJobServiceClient(address, credentials.createInsecure());
  const templates = new TemplateManagementServiceClient(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  onTestFinished(() => templates.close());
  const { template } = await unary<CreateTemplateResponse>((callback) =>
    templates.createTemplate(CreateTemplateRequest.fromPartial(TEMPLATE as never), callback),
  );
  const templateId = template?.templateId ?? "";
  const nightly: DeepPartial<CreateScheduledJobRequest> = {
    ...{ name: "nightly", templateId, cronExpression: "0 3 * * *", timezone: "Europe/Madrid" },
    ...{ parameters: { REGION: "eu", TOKEN: "s3cret" }, createdBy: "ann" },
    ...{ maxConsecutiveFailures: 3, pauseOnFailure: true },
  };
  return {
    ...{ gateway, templateId },
    create: (request: DeepPartial<CreateScheduledJobRequest> = {}) =>
      unary<CreateScheduledJobResponse>((callback) =>
        client.createScheduledJob(
          CreateScheduledJobRequest.fromPartial({ ...nightly, ...request } as never),
          callback,
        ),
      ),
    update: (request: DeepPartial<UpdateScheduledJobRequest>) =>
      unary<UpdateScheduledJobResponse>((callback) =>
        client.updateScheduledJob(
          UpdateScheduledJobRequest.fromPartial(request as never),
          callback,
        ),
      ),
    get: (scheduledJobId: string) =>
      unary<GetScheduledJobResponse>((callback) =>
        client.getScheduledJob({ scheduledJobId }, callback),
      ),
    list: (request: DeepPartial<ListScheduledJobsRequest> = {}) =>
      unary<ListScheduledJobsResponse>((callback) =>
        client.listScheduledJobs(ListScheduledJobsRequest.fromPartial(request as never), callback),
      ),
    remove: (scheduledJobId: string) =>
      unary<DeleteScheduledJobResponse>((callback) =>
        client.deleteScheduledJob({ scheduledJobId }, callback),
      ),
    setStatus: (scheduledJobId: string, enabled: boolean) =>
      unary<SetScheduledJobStatusResponse>((callback) =>
        client.setScheduledJobStatus({ scheduledJobId, enabled }, callback),
      ),
    trigger: (scheduledJobId: string) =>
      unary<TriggerScheduledJobNowResponse>((callback) =>
        client.triggerScheduledJobNow({ scheduledJobId, triggeredBy: "ann" }, callback),
      ),
    upcoming: (request: DeepPartial<GetUpcomingExecutionsRequest> = {}) =>
      unary<GetUpcomingExecutionsResponse>((callback) =>
        client.getUpcomingExecutions(
          GetUpcomingExecutionsRequest.fromPartial(request as never),
          callback,
        ),
      ),
    check: (cronExpression: string, timezone = "") =>
      unary<ValidateCronExpressionResponse>((callback) =>
        client.validateCronExpression({ cronExpression, timezone }, callback),
      ),
    execution: (executionId: string) =>
      unary<GetExecutionResponse>((callback) => templates.getExecution({ executionId }, callback)),
  };
}

test("a scheduled job is created, replaced, disabled, enabled and forgotten", async () => {
  const { create, update, get, list, setStatus, remove, templateId } = await schedules();
  const { scheduledJob } = await create();
  const id = scheduledJob?.scheduledJobId ?? "";
  expect(scheduledJob).toMatchObject({
    ...{ name: "nightly", templateId, cronExpression: "0 3 * * *", timezone: "Europe/Madrid" },
    ...{ enabled: true, createdBy: "ann", parameters: { REGION: "eu" }, lastExecutionStatus: "" },
    ...{ maxConsecutiveFailures: 3, consecutiveFailures: 0, pauseOnFailure: true },
  });
  expect(scheduledJob?.nextExecutionAt?.getTime()).toBeGreaterThan(Date.now());
  expect(await get(id)).toEqual({ scheduledJob });
  const change = { scheduledJobId: id, cronExpression: "@daily", parameters: { REGION: "us" } };
  expect(await update(change)).toMatchObject({
    scheduledJob: {
      ...{ cronExpression: "@daily", timezone: "UTC", parameters: { REGION: "us" } },
      ...{ description: "", maxConsecutiveFailures: 0, pauseOnFailure: false },
    },
  });
  await create({ name: "another", timezone: "" });
  const names = async (request = {}) => (await list(request)).scheduledJobs.map(({ name }) => name);
  expect(await setStatus(id, false)).toMatchObject({
    scheduledJob: { enabled: false, nextExecutionAt: undefined },
  });
  expect(await names()).toEqual(["another", "nightly"]);
  expect(await names({ enabled: true, templateId })).toEqual(["another"]);
  const { nextPageToken: pageToken } = await list({ pageSize: 1 });
  expect(await names({ pageSize: 1, pageToken })).toEqual(["nightly"]);
  expect(await setStatus(id, true)).toMatchObject({ scheduledJob: { enabled: true } });
  expect(await remove(id)).toEqual({ success: true });
  expect(await statusOf(get(id))).toBe("NOT_FOUND");
});

test("a triggered execution says which scheduled job it is of, and is its last", async () => {
  const { create, trigger, execution, get, gateway, setStatus } = await schedules();
  const id = (await create()).scheduledJob?.scheduledJobId ?? "";
  await setStatus(id, false);
  const { executionId, jobId } = await trigger(id);
  expect(jobId).toBe(executionId);
  expect(await execution(executionId)).toMatchObject({
    execution: {
      ...{ scheduledJobId: id, triggeredBy: "MANUAL", triggeredByUser: "ann" },
      ...{ executionNumber: 1, parameters: { REGION: "eu" } },
    },
  });
  expect(await get(id)).toMatchObject({ scheduledJob: { lastExecutionStatus: "QUEUED" } });
  await gateway.query(
    "update hodei.schedule set version = version + 1, last_result = 'Missed' where id = $1",
    [id],
  );
  expect(await get(id)).toMatchObject({ scheduledJob: { lastExecutionStatus: "MISSED" } });
  expect(gateway.logLines.join("")).not.toContain("s3cret");
});

test("what will be due is told, and whether an expression is valid", async () => {
  const { create, upcoming, check, templateId } = await schedules();
  const id = (await create({ cronExpression: "@hourly" })).scheduledJob?.scheduledJobId ?? "";
  const { executions } = await upcoming({ limit: 3, templateId });
  expect(executions).toHaveLength(3);
  expect(executions[0]).toMatchObject({ scheduledJobId: id, scheduledJobName: "nightly" });
  const toTime = new Date(Date.now() - 1000);
  expect(await upcoming({ toTime })).toEqual({ executions: [] });
  const good = await check("0 3 * * *", "Europe/Madrid");
  expect(good).toMatchObject({ valid: true, errorMessage: "" });
  expect(good.next10Executions).toHaveLength(10);
  expect(good.nextExecution).toEqual(good.next10Executions[0]);
  expect(await check("0 3 * *")).toMatchObject({ valid: false, next10Executions: [] });
  expect(await check("@daily", "Mars/X")).toMatchObject({ valid: false });
});

test("what cannot be is refused with the path of the wire", async () => {
  const { create, update, get, list, upcoming, trigger, templateId } = await schedules();
  const id = (await create()).scheduledJob?.scheduledJobId ?? "";
  const details = async (call: Promise<unknown>) =>
    ((await call.catch((error) => error)) as ServiceError).details;
  expect(await details(create({ name: "b", cronExpression: "x" }))).toContain("cron_expression: ");
  expect(await details(create({ name: "b", timezone: "Mars/X" }))).toContain("timezone: ");
  expect(await details(update({ scheduledJobId: id, cronExpression: "@daily" }))).toContain(
    "parameters.REGION: ",
  );
  expect(await statusOf(create())).toBe("ALREADY_EXISTS");
  for (const call of [
    () => get("nightly"),
    () => create({ name: "b", templateId: "report" }),
    () => create({ name: "Night" }),
    () => update({ scheduledJobId: id, cronExpression: "" }),
    () => list({ pageToken: "A" }),
    () => upcoming({ templateId: "report" }),
  ])
    expect(await statusOf(call())).toBe("INVALID_ARGUMENT");
  for (const call of [
    () => get(randomUUID()),
    () => trigger(randomUUID()),
    () => create({ name: "b", templateId: randomUUID() }),
    () => upcoming({ templateId: randomUUID() }),
  ])
    expect(await statusOf(call())).toBe("NOT_FOUND");
  expect(templateId).not.toBe("");
});
