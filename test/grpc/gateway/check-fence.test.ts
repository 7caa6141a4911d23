import { randomUUID } from "node:crypto";
import { Metadata } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import type { SqlClient } from "#adapters/store/sql-client.ts";
import { limits } from "#core/domain/limits.ts";
import { CheckFenceRequest, FenceState } from "#proto/hodei.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { firstWorker } from "../../support/original-peers.ts";
import { credential, type ScriptedWorker, statusOf, unary } from "../../support/scripted-worker.ts";

const { FENCE_STATE_CURRENT, FENCE_STATE_SUPERSEDED, FENCE_STATE_UNSPECIFIED } = FenceState;
type Named = Pick<CheckFenceRequest, "executionId" | "fence">;

const call = (worker: ScriptedWorker, named: Partial<Named>, metadata = worker.metadata) =>
  unary<{ state: FenceState }>((callback) =>
    worker.client.checkFence(CheckFenceRequest.fromPartial(named), metadata, callback),
  );
const ask = async (worker: ScriptedWorker, named: Named) => (await call(worker, named)).state;

async function running(gateway: GatewayFixture) {
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const { executionId, fence } = await worker.control.take();
  return { worker, runId, named: { executionId, fence } };
}

/** Counts the reads that reach the database, and can break them. */
function watchReads() {
  const seen = { reads: 0, broken: false };
  const wrapSql = (sql: SqlClient): SqlClient => ({
    query: (statement, parameters) => {
      if (statement.name !== "read-fences") return sql.query(statement, parameters);
      seen.reads += 1;
      if (seen.broken) return Promise.reject(new Error("broken"));
      return sql.query(statement, parameters);
    },
    close: () => sql.close(),
  });
  return { seen, wrapSql };
}

test("the worker's own execution is current until its run is asked to stop", async () => {
  const gateway = await startGateway();
  const { worker, runId, named } = await running(gateway);
  expect(await ask(worker, named)).toBe(FENCE_STATE_CURRENT);
  expect(await ask(worker, { ...named, fence: named.fence + 1 })).toBe(FENCE_STATE_SUPERSEDED);
  expect(await ask(worker, { ...named, executionId: randomUUID() })).toBe(FENCE_STATE_SUPERSEDED);
  const stop = { rule: "cancel", phase: "Cancelled", reason: "CancelledByUser" } as const;
  await gateway.store.requestStops([{ runId, ...stop, message: null, by: null }]);
  expect(await ask(worker, named)).toBe(FENCE_STATE_SUPERSEDED);
});

test("nobody is told about another worker's execution", async () => {
  const gateway = await startGateway();
  const { worker, named } = await running(gateway);
  const other = await gateway.readyWorker();
  // In one read with the owner's: each hears its own answer.
  const both = await Promise.all([ask(other, named), ask(worker, named)]);
  expect(both).toEqual([FENCE_STATE_SUPERSEDED, FENCE_STATE_CURRENT]);
});

test("only a worker whose stream is open here is answered, by its own secret", async () => {
  const gateway = await startGateway();
  const { worker, named } = await running(gateway);
  const other = await gateway.readyWorker();
  const silent = await gateway.worker();
  for (const metadata of [
    new Metadata(),
    credential(worker.workerId, "wrong"),
    credential(worker.workerId, other.secret),
    credential(silent.workerId, silent.secret),
  ])
    expect(await statusOf(call(worker, named, metadata))).toBe("UNAUTHENTICATED");
  const original = await firstWorker(gateway);
  expect(await statusOf(call(original, named, new Metadata()))).toBe("UNAUTHENTICATED");
  expect(await statusOf(call(worker, { executionId: "none" }))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(call(worker, {}))).toBe("INVALID_ARGUMENT");
});

test("a stream that a newer one superseded elsewhere hears that nobody knows", async () => {
  const gateway = await startGateway();
  const { worker, named } = await running(gateway);
  // As another gateway does that the worker attached to.
  await gateway.query("update hodei.worker set session_epoch = session_epoch + 1 where id = $1", [
    worker.workerId,
  ]);
  expect(await ask(worker, named)).toBe(FENCE_STATE_UNSPECIFIED);
});

test("a worker that asks all the time is refused, costs a bounded number of reads, and disturbs nobody", async () => {
  const { seen, wrapSql } = watchReads();
  const gateway = await startGateway({ wrapSql });
  const { worker, named } = await running(gateway);
  const other = await running(gateway);
  const asked = 100;
  const answers = await Promise.all(
    Array.from({ length: asked }, () => statusOf(call(worker, named))),
  );
  const refused = answers.filter((answer) => answer === "RESOURCE_EXHAUSTED").length;
  expect(answers.filter((answer) => answer === "OK").length).toBe(asked - refused);
  expect(refused).toBeGreaterThan(asked / 2);
  expect(seen.reads).toBeLessThanOrEqual(asked - refused);
  expect(asked - refused).toBeGreaterThanOrEqual(limits.fenceChecksBurst);
  expect(await ask(other.worker, other.named)).toBe(FENCE_STATE_CURRENT);
});

test("a database that does not answer is an error, never a yes", async () => {
  const { seen, wrapSql } = watchReads();
  const gateway = await startGateway({ wrapSql });
  const { worker, named } = await running(gateway);
  seen.broken = true;
  expect(await statusOf(call(worker, named))).toBe("INTERNAL");
  seen.broken = false;
  expect(await ask(worker, named)).toBe(FENCE_STATE_CURRENT);
});
