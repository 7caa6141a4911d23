import { expect, onTestFinished, test } from "vitest";
import { createControlStore } from "#adapters/store/control-store.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { defineStatement } from "#adapters/store/sql-client.ts";
import { limits } from "#core/domain/limits.ts";
import { ResultVerdict } from "#proto/hodei.ts";
import { launchWorkers } from "../../../bench/hodei/launched-workers.ts";
import { drain } from "../../../gateway/drain.ts";
import { createDatabase } from "../../support/database.ts";
import { startGateway } from "../../support/gateway-fixture.ts";
import { startGatewayProcess } from "../../support/gateway-process.ts";
import { serveFetch } from "../../support/http-server.ts";
import { ScriptedWorker } from "../../support/scripted-worker.ts";
import { newTally, StubWorker } from "../../support/stub-worker.ts";
import { until } from "../../support/until.ts";

test("our workers are told to move, and what they still report is recorded", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.take();
  const draining = drain(gateway.hub, gateway.server);
  expect(await worker.control.nth("reconnect")).toEqual({ withinMs: 5_000 });
  expect((await worker.control.beatUntilAnswered([command])).$case).toBe("heartbeatAck");
  const resultId = worker.control.result(command);
  expect(await worker.control.verdict(resultId)).toBe(ResultVerdict.RESULT_VERDICT_ACCEPTED);
  worker.control.call.end();
  await draining; // at once: nobody is left
  expect((await gateway.run(runId)).phase).toBe("Succeeded");
});

test("a gateway that leaves takes no new stream, and the old one goes on", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const { control } = worker;
  const draining = drain(gateway.hub, gateway.server);
  await control.nth("reconnect");
  const newcomer = worker.open();
  newcomer.beat();
  expect(await newcomer.endCode()).toBe("UNAVAILABLE");
  expect(control.ended).toBeNull();
  await control.beatUntilAnswered();
  control.call.end();
  await draining;
});

test("a stream that was being attached when the gateway began to leave is ended", async () => {
  const attaching = Promise.withResolvers<void>();
  let isHeld = false;
  const gateway = await startGateway({
    wrapSql: (sql) => ({
      query: async (statement, parameters) => {
        if (statement.name !== "attach-worker") return sql.query(statement, parameters);
        isHeld = true;
        await attaching.promise;
        return sql.query(statement, parameters);
      },
      close: () => sql.close(),
    }),
  });
  const worker = await gateway.worker();
  await worker.register();
  const stream = worker.open();
  await until("it is being attached", () => isHeld);
  gateway.hub.leave();
  attaching.resolve();
  expect(await stream.endCode()).toBe("OK");
  expect(gateway.hub.sessions.size).toBe(0);
});

test("a worker that moves to another gateway loses nothing", async () => {
  const here = await startGateway();
  const there = await startGateway({ database: here.database });
  const worker = await here.readyWorker();
  const runId = await here.submit();
  const command = await worker.control.take();
  const draining = drain(here.hub, here.server);
  await worker.control.nth("reconnect");
  const moved = new ScriptedWorker(there.port, worker);
  onTestFinished(() => moved.close());
  await moved.open(worker.metadata).beatUntilAnswered([command]);
  worker.control.call.end();
  await draining;
  await moved.control.verdict(moved.control.result(command));
  expect(await there.run(runId)).toMatchObject({ phase: "Succeeded", attempts: 1 });
});

test("of the original's workers the idle are ended at once, the busy after their result", async () => {
  const gateway = await startGateway();
  const original = async () => {
    const worker = await gateway.worker();
    await worker.registerAsOriginal();
    await worker.openAsOriginal().beatUntilAnswered();
    return worker;
  };
  const busy = await original();
  const runId = await gateway.submit();
  await busy.control.command();
  const idle = await original();
  const draining = drain(gateway.hub, gateway.server);
  expect(await idle.control.endCode()).toBe("OK");
  expect(busy.control.ended).toBeNull();
  const named = { jobId: runId, executionId: "", fence: 0 };
  busy.control.result(named, { executionId: "", fence: 0, resultId: "" });
  expect(await busy.control.endCode()).toBe("OK");
  await draining;
  expect((await gateway.run(runId)).phase).toBe("Succeeded");
});

test("who does not go is ended when the time is up, after what was received is committed", async () => {
  const events: string[] = [];
  const writing = Promise.withResolvers<void>();
  const gateway = await startGateway({
    wrapSql: (sql) => ({
      query: async <T>(...[statement, parameters]: Parameters<typeof sql.query>) => {
        if (statement.name !== "record-results") return sql.query<T>(statement, parameters);
        events.push("received");
        await writing.promise;
        const rows = await sql.query<T>(statement, parameters);
        events.push("committed");
        return rows;
      },
      close: () => sql.close(),
    }),
  });
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  worker.control.result(await worker.control.take());
  await until("the result is here", () => events.length === 1);
  const timeIsUp = performance.now() + 100;
  const draining = drain(gateway.hub, gateway.server, 100).then(() => events.push("left"));
  await until("the time is up", () => performance.now() > timeIsUp + 200);
  expect(worker.control.ended).toBeNull();
  writing.resolve();
  await draining;
  expect(events).toEqual(["received", "committed", "left"]);
  expect((await gateway.run(runId)).phase).toBe("Succeeded");
  await worker.control.end();
});

test("what does not finish by itself is ended when its time is up", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  await gateway.server.close(50);
  expect(await worker.control.endCode()).not.toBe("OK");
});

test("the process serves, drains on SIGTERM and exits in time; its workers find the next one", {
  timeout: 60_000,
}, async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const queue = await serveFetch(() => new Response("{}", { status: 400 }));
  onTestFinished(() => queue.close());
  const sql = createPgClient({ url: database.url, poolSize: 2, applicationName: "test" });
  onTestFinished(() => sql.close());
  const store = createControlStore(sql);
  const start = (port = 0) =>
    startGatewayProcess({ databaseUrl: database.url, queueUrl: queue.url, port });

  const first = await start();
  const workers = (await launchWorkers(store, 3)).map(
    (launched) => new StubWorker(first.port, launched, newTally()),
  );
  onTestFinished(() => {
    for (const worker of workers) worker.close();
  });
  await Promise.all(workers.map((worker) => worker.start()));
  const metrics = await fetch(`http://127.0.0.1:${first.metricsPort}/metrics`);
  expect(await metrics.text()).toContain("hodei_streams_open 3");
  first.child.kill("SIGTERM");
  const signalledAt = performance.now();
  const [code] = await first.exited;
  expect(code).toBe(0);
  expect(performance.now() - signalledAt).toBeLessThan(limits.gatewayDrainMs);
  expect(await sql.query(GATEWAYS)).toEqual([]); // it said goodbye

  await start(first.port);
  await until("all are attached again", async () => (await sql.query(ATTACHED)).length === 3);
});

const ATTACHED = defineStatement(
  "test-attached",
  `select jsonb_build_object('id', id) as doc from hodei.worker
   where phase = 'Ready' and gateway_id is not null`,
);
const GATEWAYS = defineStatement(
  "test-gateways",
  "select jsonb_build_object('id', id) as doc from hodei.gateway",
);
