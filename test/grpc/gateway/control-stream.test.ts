import { randomUUID } from "node:crypto";
import { Metadata } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { startGateway } from "../../support/gateway-fixture.ts";
import { credential, ScriptedWorker, statusOf } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

test("without a credential a stream binds to nobody", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  await worker.register();
  const stream = worker.openAsOriginal();
  stream.beat();
  expect(await stream.endCode()).toBe("UNAUTHENTICATED");
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({
    phase: "Connecting",
    session_epoch: "0",
  });
});

test("wrong, halved and malformed credentials and unknown workers are refused", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const halved = new Metadata();
  halved.set("hodei-worker-id", worker.workerId);
  const basic = new Metadata();
  basic.set("authorization", `Basic ${worker.secret}`);
  basic.set("hodei-worker-id", worker.workerId);
  for (const metadata of [
    credential(worker.workerId, "wrong"),
    credential(randomUUID(), worker.secret),
    credential("no-uuid", worker.secret),
    halved,
    basic,
  ]) {
    const stream = new ScriptedWorker(gateway.port, worker).open(metadata);
    stream.beat();
    expect(await stream.endCode()).toBe("UNAUTHENTICATED");
  }
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ session_epoch: "1" });
  expect((await worker.control.beatUntilAnswered()).$case).toBe("heartbeatAck");
});

test("the first heartbeat makes a worker Ready, in whatever case it spells its id", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  await worker.register();
  const stream = worker.open(credential(worker.workerId.toUpperCase(), worker.secret));
  const answer = await stream.beatUntilAnswered();
  expect(answer).toMatchObject({
    $case: "heartbeatAck",
    value: { leaseMs: 45_000, lostExecutionIds: [] },
  });
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({
    phase: "Ready",
    gateway_id: gateway.hub.deps.gatewayId,
  });
  await gateway.submit();
  expect((await stream.command()).fence).toBe(1);
});

test("what is said before the first heartbeat of a stream without credential is void", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.take();
  const stranger = new ScriptedWorker(gateway.port, worker).openAsOriginal();
  stranger.result(command);
  stranger.say({ $case: "log", value: { jobId: runId, line: "not mine", isStderr: false } });
  stranger.beat();
  expect(await stranger.endCode()).toBe("UNAUTHENTICATED");
  expect((await gateway.run(runId)).phase).toBe("Running");
  expect(await gateway.query("select seq from hodei.log_chunk")).toEqual([]);
});

test("the newest stream of a worker wins, the older one is ended and writes nothing", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const older = worker.control;
  const runId = await gateway.submit();
  const command = await older.take();
  const newer = worker.open();
  await newer.beatUntilAnswered([command]);
  expect(await older.endCode()).toBe("OK");
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({
    session_epoch: "2",
    gateway_id: gateway.hub.deps.gatewayId,
  });
  expect((await gateway.run(runId)).phase).toBe("Running");
  await newer.verdict(newer.result(command));
  expect((await gateway.run(runId)).phase).toBe("Succeeded");
});

test("a worker that moved to another gateway can no longer write through this one", async () => {
  const here = await startGateway();
  const there = await startGateway({ database: here.database });
  const worker = await here.readyWorker();
  const older = worker.control;
  const runId = await here.submit();
  const command = await older.take();
  const moved = new ScriptedWorker(there.port, worker);
  const newer = moved.open(worker.metadata);
  await newer.beatUntilAnswered([command]);
  older.result(command);
  older.accept(command);
  older.beat([command]);
  expect(await older.endCode()).toBe("OK");
  expect(older.all("resultAck")).toEqual([]);
  expect(older.all("start")).toHaveLength(1);
  expect((await here.run(runId)).phase).toBe("Running");
  expect(await here.workerRow(worker.workerId)).toMatchObject({
    gateway_id: there.hub.deps.gatewayId,
  });
  await newer.verdict(newer.result(command));
  expect((await here.run(runId)).phase).toBe("Succeeded");
  moved.close();
});

test("a worker whose stream ended is not placed on until it attaches again", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  worker.control.call.end();
  expect(await worker.control.endCode()).toBe("OK");
  await until(
    "detached",
    async () => (await gateway.workerRow(worker.workerId)).gateway_id === null,
  );
  const runId = await gateway.submit();
  gateway.hub.placing.poke();
  const asksAtOnce = () => gateway.wakes.filter((delayMs) => delayMs === 0);
  await until("asked for workers", () => asksAtOnce().length > 1);
  expect((await gateway.run(runId)).phase).toBe("Pending");
  await worker.open().beatUntilAnswered();
  gateway.hub.placing.poke();
  await worker.control.take();
});

test("when a stream ended, somebody looks as soon as its worker's lease is over", async () => {
  const gateway = await startGateway({ timings: { leaseMs: 5_000 } });
  const worker = await gateway.readyWorker();
  worker.control.cancel();
  await until("asked for a look", () => gateway.wakes.some((delayMs) => delayMs > 0));
  const lease = `select lease_expires_at - clock_timestamp() < make_interval(secs => $2) as over
    from hodei.worker where id = $1`;
  const delayMs = Math.max(...gateway.wakes);
  expect(delayMs).toBeLessThan(5_000 + 100);
  const [row] = await gateway.query(lease, [worker.workerId, delayMs / 1000]);
  expect(row).toEqual({ over: true });
});

test("the detach is repeated until the database takes it", async () => {
  let failures = 1;
  const gateway = await startGateway({
    wrapSql: (sql) => ({
      query: (statement, parameters) => {
        if (statement.name !== "detach-workers" || failures === 0)
          return sql.query(statement, parameters);
        failures -= 1;
        return Promise.reject(new Error("not now"));
      },
      close: () => sql.close(),
    }),
  });
  const worker = await gateway.readyWorker();
  worker.control.cancel();
  await until(
    "detached",
    async () => (await gateway.workerRow(worker.workerId)).gateway_id === null,
  );
  expect(failures).toBe(0);
});

test("only a worker that was ready before is looked up for what it may have missed", async () => {
  const asked: string[] = [];
  const gateway = await startGateway({
    wrapSql: (sql) => ({
      ...sql,
      query: (statement, parameters) => {
        asked.push(statement.name);
        return sql.query(statement, parameters);
      },
    }),
  });
  const worker = await gateway.readyWorker();
  expect(asked).toContain("attach-worker");
  expect(asked).not.toContain("read-held-by-worker");
  await worker.open().beatUntilAnswered();
  expect(asked).toContain("read-held-by-worker");
});

test("on a new stream an assigned attempt is sent again", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.command();
  worker.control.cancel();
  const again = await worker.open().command();
  expect(again).toEqual({ ...command, deadlineMs: again.deadlineMs });
  worker.control.accept(again);
  await worker.control.nth("start");
  expect((await gateway.run(runId)).phase).toBe("Running");
});

test("on a new stream a running attempt goes on and its lost start is said again", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.take();
  worker.control.cancel();
  const stream = worker.open();
  stream.accept(command);
  expect(await stream.nth("start")).toMatchObject({ executionId: command.executionId });
  expect(await stream.beatUntilAnswered([command])).toMatchObject({
    value: { lostExecutionIds: [] },
  });
  expect(stream.all("runJob")).toEqual([]);
  await stream.verdict(stream.result(command));
  const run = await gateway.runBecomes(runId, "Succeeded");
  expect(run.attempts).toBe(1);
});

test("a worker says goodbye for itself, and for nobody else", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const stranger = await gateway.readyWorker();
  for (const metadata of [stranger.metadata, new Metadata(), credential(worker.workerId, "x")])
    expect(await statusOf(stranger.unregister(metadata, worker.workerId))).toBe("UNAUTHENTICATED");
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Ready" });
  expect(await statusOf(worker.unregister(worker.metadata, "no uuid"))).toBe("INVALID_ARGUMENT");
  const wakes = gateway.wakes.length;
  expect((await worker.unregister()).success).toBe(true);
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({
    phase: "Terminating",
    reason: "Unregistered",
    message: "the test is over",
  });
  expect(gateway.wakes.length).toBe(wakes + 1);
});

test("a worker that holds a run and says goodbye drains: the run is not lost", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.take();
  await worker.unregister();
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Draining" });
  await worker.control.verdict(worker.control.result(command));
  expect((await gateway.run(runId)).phase).toBe("Succeeded");
});
