import { credentials, Metadata } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import { mintApiKey } from "#adapters/tokens/mint-api-key.ts";
import { keyOperations } from "#core/application/manage-keys.ts";
import type { Scope } from "#core/domain/access/scope.ts";
import {
  AuditServiceClient,
  GetAuditLogsRequest,
  type GetAuditLogsResponse,
  type GetEventCountsResponse,
} from "#proto/hodei/audit.ts";
import { SchedulerConfig, SchedulerServiceClient } from "#proto/hodei/scheduler.ts";
import { type CancelJobResponse, JobExecutionServiceClient } from "#proto/hodei.ts";
import { startGateway } from "../../support/gateway-fixture.ts";
import { statusOf, unary } from "../../support/scripted-worker.ts";

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

async function start() {
  const gateway = await startGateway({ anonymous: null });
  const address = `127.0.0.1:${gateway.port}`;
  const insecure = credentials.createInsecure();
  const client = new AuditServiceClient(address, insecure);
  const jobs = new JobExecutionServiceClient(address, insecure);
  const scheduler = new SchedulerServiceClient(address, insecure);
  for (const one of [client, jobs, scheduler]) onTestFinished(() => one.close());
  const keys = keyOperations({
    ...{ keys: gateway.keys, mint: mintApiKey, digest: sha256Hex, log: QUIET },
  });
  const make = async (name: string, scope: Scope) => {
    const { key, text } = await keys.create({ name, scope, lifetimeSeconds: null }, null);
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${text}`);
    return { metadata, id: key.id, actor: `${name} (${key.id})` };
  };
  const ana = await make("ana", "admin");
  return {
    ...{ gateway, make, ana, jobs, scheduler },
    page: (own: Partial<GetAuditLogsRequest> = {}, who = ana) =>
      unary<GetAuditLogsResponse>((callback) =>
        client.getAuditLogs(GetAuditLogsRequest.fromPartial(own), who.metadata, callback),
      ),
    trail: (correlationId: string) =>
      unary<GetAuditLogsResponse>((callback) =>
        client.getAuditLogsByCorrelation({ correlationId }, ana.metadata, callback),
      ),
    counts: (startTime?: Date) =>
      unary<GetEventCountsResponse>((callback) =>
        client.getEventCounts({ startTime, endTime: undefined }, ana.metadata, callback),
      ),
  };
}

test("who did what is told by type, by actor and by what it was done to", async () => {
  const { gateway, ana, jobs, scheduler, page, trail, counts } = await start();
  const runId = await gateway.submit();
  await unary<CancelJobResponse>((callback) =>
    jobs.cancelJob({ jobId: { value: runId }, reason: "why" } as never, ana.metadata, callback),
  );
  const config = SchedulerConfig.fromPartial({ pluginConfig: { max_queue_depth: "7" } });
  await unary((callback) =>
    scheduler.configureScheduler({ config } as never, ana.metadata, callback),
  );
  const all = await page();
  expect(all.logs.map(({ eventType, actor }) => [eventType, actor])).toEqual([
    ["SchedulerConfigured", ana.actor],
    ["RunCancelRequested", ana.actor],
    ["RunSubmitted", "local"],
    ["ApiKeyCreated", "local"],
  ]);
  expect(all).toMatchObject({ totalCount: 4, hasMore: false });
  expect(await page({ limit: 1, offset: 1 })).toMatchObject({
    ...{ logs: [{ eventType: "RunCancelRequested" }], totalCount: 4, hasMore: true },
  });
  expect((await page({ actor: ana.actor })).totalCount).toBe(2);
  expect((await page({ eventType: "RunSubmitted" })).logs).toMatchObject([
    { correlationId: runId },
  ]);
  const about = await trail(runId);
  expect(about.logs[0]).toMatchObject({ eventType: "RunSubmitted", actor: "local" });
  const cancelled = about.logs.find(({ eventType }) => eventType === "RunCancelRequested");
  expect(JSON.parse(cancelled?.payloadJson ?? "")).toEqual({ reason: "why" });
  expect((await trail(ana.id)).logs).toMatchObject([{ eventType: "ApiKeyCreated" }]);
  expect(await trail("nobody")).toMatchObject({ logs: [], totalCount: 0, hasMore: false });
  expect((await counts()).totalEvents).toBe(4);
  expect(await counts(new Date(Date.now() + 60_000))).toEqual({ counts: [], totalEvents: 0 });
});

test("it is told to admins, who ask soundly", async () => {
  const { make, page, trail } = await start();
  const ben = await make("ben", "submit");
  expect(await statusOf(page({}, ben))).toBe("PERMISSION_DENIED");
  for (const own of [{ limit: -1 }, { offset: -1 }, { eventType: "Nonsense" }])
    expect(await statusOf(page(own))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(trail(""))).toBe("INVALID_ARGUMENT");
});
