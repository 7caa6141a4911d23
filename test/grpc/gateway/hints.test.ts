import { expect, onTestFinished, test } from "vitest";
import { createControlStore } from "#adapters/store/control-store.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { newRun } from "#core/application/new-run.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import { administer } from "../../support/database.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import type { ScriptedWorker } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

/** The poll is 2 s: so many runs one after the other, found by it, would take twice as many. */
const RUNS = 5;
const HINTED_WITHIN_MS = 4_000;

/** The store of another process: nobody tells this gateway but the database. */
function elsewhere(gateway: GatewayFixture) {
  const { url } = gateway.database;
  const sql = createPgClient({ url, poolSize: 1, applicationName: "elsewhere" });
  onTestFinished(() => sql.close());
  return createControlStore(sql);
}

async function runOneByOne(gateway: GatewayFixture, worker: ScriptedWorker): Promise<number> {
  const store = elsewhere(gateway);
  const before = worker.control.all("runJob").length;
  const startedAt = performance.now();
  for (let n = before; n < before + RUNS; n += 1) {
    const spec = parseRunSpec({ command: ["true"] });
    const request = { spec: null, idempotencyKey: null, submittedBy: null };
    await store.insertRuns([newRun(spec, request, crypto.randomUUID())]);
    await worker.control.verdict(worker.control.result(await worker.control.take(n)));
  }
  return performance.now() - startedAt;
}

test("a run stored by another process is dispatched on its hint, not on the poll", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  expect(await runOneByOne(gateway, worker)).toBeLessThan(HINTED_WITHIN_MS);
});

test("what another process assigned to a worker here is sent on its hint", async () => {
  const here = await startGateway();
  const worker = await here.readyWorker();
  const store = elsewhere(here);
  await until("here is at rest", async () => {
    const { phase, gateway_id: gatewayId } = await here.workerRow(worker.workerId);
    return phase === "Ready" && gatewayId !== null;
  });
  const startedAt = performance.now();
  for (let n = 0; n < RUNS; n += 1) {
    const spec = parseRunSpec({ command: ["true"], startAfter: null });
    const runId = crypto.randomUUID();
    const request = { spec: null, idempotencyKey: null, submittedBy: null };
    await store.insertRuns([newRun(spec, request, runId)]);
    const pair = { runId, fence: 0, workerId: worker.workerId, executionId: crypto.randomUUID() };
    await store.assignRuns([pair], null); // or the gateway itself was faster: the same to the run
    await worker.control.verdict(worker.control.result(await worker.control.take(n)));
  }
  expect(performance.now() - startedAt).toBeLessThan(HINTED_WITHIN_MS);
});

test("a lost listening connection is opened again", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const listening = () =>
    gateway.query(
      "select pid from pg_stat_activity where application_name = 'hodei-listen' and datname = current_database()",
    );
  await until("it listens", async () => (await listening()).length === 1);
  const [before] = await listening();
  await administer(`select pg_terminate_backend(${before?.pid})`);
  await until("it listens again", async () => {
    const [now] = await listening();
    return now !== undefined && now.pid !== before?.pid;
  });
  expect(await runOneByOne(gateway, worker)).toBeLessThan(HINTED_WITHIN_MS);
});
