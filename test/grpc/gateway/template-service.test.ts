import { randomUUID } from "node:crypto";
import { credentials, Metadata } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import { mintApiKey } from "#adapters/tokens/mint-api-key.ts";
import { keyOperations } from "#core/application/manage-keys.ts";
import {
  CreateTemplateRequest,
  type CreateTemplateResponse,
  type GetExecutionResponse,
  type GetTemplateResponse,
  ListExecutionsRequest,
  type ListExecutionsResponse,
  ListTemplatesRequest,
  type ListTemplatesResponse,
  TemplateManagementServiceClient,
  TriggerRunRequest,
  type TriggerRunResponse,
  UpdateTemplateRequest,
  type UpdateTemplateResponse,
} from "#proto/hodei/job/templates.ts";
import type { DeepPartial } from "#proto/hodei.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { statusOf, unary } from "../../support/scripted-worker.ts";

const REPORT: DeepPartial<CreateTemplateRequest> = {
  name: "report",
  description: "the nightly report",
  createdBy: "tester",
  labels: { team: "data" },
  spec: {
    command: "./report.sh",
    arguments: ["--all"],
    resources: { cpuCores: 0.1, memoryMb: 256 },
    timeoutMs: 1500,
    preferences: { priority: "HIGH" },
  },
  parameters: [
    { name: "TOKEN", parameterType: "STRING", secret: true, displayOrder: 3 },
    { name: "LIMIT", parameterType: "NUMBER", defaultValue: "10", maxValue: 99, displayOrder: 2 },
    { name: "REGION", parameterType: "CHOICE", choices: ["eu", "us"], required: true },
  ],
};

function templates(gateway: GatewayFixture) {
  const address = `127.0.0.1:${gateway.port}`;
  const client = new TemplateManagementServiceClient(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  return {
    create: (request: DeepPartial<CreateTemplateRequest> = REPORT) =>
      unary<CreateTemplateResponse>((callback) =>
        client.createTemplate(CreateTemplateRequest.fromPartial(request as never), callback),
      ),
    update: (request: DeepPartial<UpdateTemplateRequest>) =>
      unary<UpdateTemplateResponse>((callback) =>
        client.updateTemplate(UpdateTemplateRequest.fromPartial(request as never), callback),
      ),
    get: (templateId: string) =>
      unary<GetTemplateResponse>((callback) => client.getTemplate({ templateId }, callback)),
    list: (request: DeepPartial<ListTemplatesRequest> = {}) =>
      unary<ListTemplatesResponse>((callback) =>
        client.listTemplates(ListTemplatesRequest.fromPartial(request as never), callback),
      ),
    remove: (templateId: string) =>
      unary((callback) => client.deleteTemplate({ templateId, force: false }, callback)),
    trigger: (request: DeepPartial<TriggerRunRequest>) =>
      unary<TriggerRunResponse>((callback) =>
        client.triggerRun(TriggerRunRequest.fromPartial(request as never), callback),
      ),
    execution: (executionId: string) =>
      unary<GetExecutionResponse>((callback) => client.getExecution({ executionId }, callback)),
    executions: (request: DeepPartial<ListExecutionsRequest>) =>
      unary<ListExecutionsResponse>((callback) =>
        client.listExecutions(ListExecutionsRequest.fromPartial(request as never), callback),
      ),
  };
}

test("a template is created, changed, listed and archived", async () => {
  const { create, get, update, list, remove } = templates(
    await startGateway({ anonymous: "admin" }),
  );
  const { template } = await create();
  const templateId = template?.templateId ?? "";
  expect(template).toMatchObject({
    ...{ name: "report", status: "ACTIVE", version: 1, createdBy: "tester", runCount: 0 },
    spec: {
      ...{ command: "./report.sh", arguments: ["--all"], timeoutMs: 2000 },
      resources: { cpuCores: expect.closeTo(0.1), memoryMb: 256 },
    },
  });
  expect(await get(templateId)).toEqual({ template });
  expect(await update({ templateId, description: "two" })).toMatchObject({
    template: { version: 2, description: "two", labels: {}, spec: { command: "./report.sh" } },
  });
  await create({ ...REPORT, name: "another" });
  const names = async (request: DeepPartial<ListTemplatesRequest> = {}) =>
    (await list(request)).templates.map(({ name }) => name);
  expect(await names()).toEqual(["another", "report"]);
  expect(await names({ labelSelector: "team=data" })).toEqual(["another"]);
  const { nextPageToken: pageToken } = await list({ pageSize: 1 });
  expect(await names({ pageSize: 1, pageToken })).toEqual(["report"]);
  expect(await remove(templateId)).toEqual({ success: true });
  expect(await names({ status: "ARCHIVED" })).toEqual(["report"]);
  expect(await statusOf(update({ templateId, description: "x" }))).toBe("FAILED_PRECONDITION");
});

test("an execution is a run, numbered, with the values its worker gets", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { create, trigger, execution, executions, get } = templates(gateway);
  const { template } = await create();
  const templateId = template?.templateId ?? "";
  const parameters = { REGION: "eu", TOKEN: "s3cret" };
  const { execution: made } = await trigger({ templateId, parameters, triggeredByUser: "ann" });
  expect(made).toMatchObject({
    ...{ executionNumber: 1, templateId, templateVersion: 1, state: "QUEUED", jobName: "report" },
    ...{ triggeredBy: "API", triggeredByUser: "ann", parameters: { REGION: "eu", LIMIT: "10" } },
  });
  expect(JSON.stringify(made)).not.toContain("s3cret");
  const executionId = made?.executionId ?? "";
  expect(await execution(executionId)).toMatchObject({ execution: { jobId: executionId } });

  const worker = await gateway.readyWorker();
  const command = await worker.control.command();
  expect(command).toMatchObject({
    jobId: executionId,
    env: {
      ...{ HODEI_PARAM_REGION: "eu", HODEI_PARAM_LIMIT: "10", HODEI_PARAM_TOKEN: "s3cret" },
    },
  });
  expect(JSON.parse(command.parametersJson)).toEqual({ REGION: "eu", LIMIT: 10, TOKEN: "s3cret" });
  expect(gateway.logLines.join("")).not.toContain("s3cret");

  await trigger({ templateId, parameters });
  const { executions: first, nextPageToken } = await executions({ templateId, pageSize: 1 });
  expect(first).toMatchObject([{ executionNumber: 2 }]);
  const rest = await executions({ templateId, pageSize: 1, pageToken: nextPageToken });
  expect(rest).toMatchObject({ executions: [{ executionNumber: 1 }], nextPageToken: "" });
  expect((await executions({ templateId, state: "FAILED" })).executions).toEqual([]);
  expect(await get(templateId)).toMatchObject({ template: { runCount: 2, successCount: 0 } });
});

test("what cannot be is refused with its path", async () => {
  const { create, get, trigger, execution, executions, list } = templates(
    await startGateway({ anonymous: "admin" }),
  );
  const { template } = await create();
  const templateId = template?.templateId ?? "";
  expect(await statusOf(create())).toBe("ALREADY_EXISTS");
  const spec = {
    ...{ ...REPORT.spec, image: "alpine", stdin: "x" },
    constraints: [{ key: "a", operator: "NE", value: "b" }],
  };
  const refused = await create({ ...REPORT, name: "other", spec }).catch((error) => error);
  for (const path of ["spec.image", "spec.stdin", "spec.constraints[0]"])
    expect(refused.details).toContain(path);
  const odd = { ...REPORT, name: "odd", parameters: [{ name: "A", parameterType: "DATE" }] };
  expect((await create(odd).catch((error) => error)).details).toContain("parameters[0].type");
  expect(await statusOf(create({ name: "none" }))).toBe("INVALID_ARGUMENT");
  const missing = await trigger({ templateId, parameters: { REGON: "eu" } }).catch((e) => e);
  for (const path of ["parameters.REGION", "parameters.REGON"])
    expect(missing.details).toContain(path);
  for (const call of [
    () => get("report"),
    () => trigger({ templateId, jobName: "own", parameters: { REGION: "eu" } }),
    () => trigger({ templateId, triggeredBy: "MOON", parameters: { REGION: "eu" } }),
    () => executions({ templateId, state: "LOST" }),
    () => executions({ templateId, pageToken: "x" }),
    () => executions({ templateId, startTime: new Date() }),
    () => list({ status: "GONE" }),
    () => list({ labelSelector: "team" }),
    () => list({ pageToken: "x" }),
  ])
    expect(await statusOf(call())).toBe("INVALID_ARGUMENT");
  for (const call of [
    () => get(randomUUID()),
    () => execution(randomUUID()),
    () => executions({ templateId: randomUUID() }),
  ])
    expect(await statusOf(call())).toBe("NOT_FOUND");
});

test("who made a template or triggered a run is whose key it was, whatever the request says", async () => {
  const gateway = await startGateway({ anonymous: null });
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const operations = keyOperations({
    keys: gateway.keys,
    mint: mintApiKey,
    digest: sha256Hex,
    log,
  });
  const { key, text } = await operations.create(
    { name: "ci", scope: "admin", lifetimeSeconds: null },
    null,
  );
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${text}`);
  const address = `127.0.0.1:${gateway.port}`;
  const client = new TemplateManagementServiceClient(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  const create = { name: "mine", createdBy: "somebody else", spec: { command: "true" } };
  const { template } = await unary<CreateTemplateResponse>((callback) =>
    client.createTemplate(CreateTemplateRequest.fromPartial(create), metadata, callback),
  );
  expect(template?.createdBy).toContain(key.id);
  const trigger = { templateId: template?.templateId ?? "", triggeredByUser: "somebody else" };
  const { execution } = await unary<TriggerRunResponse>((callback) =>
    client.triggerRun(TriggerRunRequest.fromPartial(trigger), metadata, callback),
  );
  expect(execution?.triggeredByUser).toContain(key.id);
});
