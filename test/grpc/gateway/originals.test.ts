import { Metadata } from "@grpc/grpc-js";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { SqlError } from "#adapters/store/sql-client.ts";
import { limits } from "#core/domain/limits.ts";
import type { LogEntry } from "#proto/hodei.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { ScriptedWorker, statusOf } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

async function readyOriginal(gateway: GatewayFixture): Promise<ScriptedWorker> {
  const worker = await gateway.worker();
  await worker.registerAsOriginal();
  await worker.openAsOriginal().beatUntilAnswered();
  return worker;
}

const line = (jobId: string, text: string, change: Partial<LogEntry> = {}) => ({
  ...{ jobId, line: text, isStderr: false },
  ...change,
});

/** What such a worker says of a job's end: no execution, no fence, no result id. */
const plainResult = { executionId: "", fence: 0, resultId: "", end: 0 } as const;

const output = (gateway: GatewayFixture) =>
  gateway.query(
    "select seq::int8, convert_from(data, 'utf8') as text, dropped_lines from hodei.log_chunk order by run_id, fence, seq",
  );

test("it registers without a secret, gets a session id, and binds by its first heartbeat", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  const answer = await worker.registerAsOriginal();
  expect(answer).toMatchObject({ success: true, workerId: { value: worker.workerId } });
  expect(answer.sessionId).not.toBe("");
  const stream = worker.openAsOriginal();
  expect(await stream.beatUntilAnswered()).toMatchObject({
    $case: "ack",
    value: { success: true, workerId: worker.workerId },
  });
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({
    phase: "Ready",
    protocol_version: 0,
  });
});

test("each heartbeat is acknowledged once, with an id of its own", async () => {
  const gateway = await startGateway();
  const worker = await readyOriginal(gateway);
  for (let n = 0; n < 3; n += 1) await worker.control.beatUntilAnswered();
  const ids = worker.control.all("ack").map(({ messageId }) => messageId);
  expect(ids).toHaveLength(4);
  expect(new Set(ids).size).toBe(4);
});

test("a stream binds only on the connection that registered", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  await worker.registerAsOriginal();
  const elsewhere = new ScriptedWorker(gateway.port, worker);
  const stream = elsewhere.openAsOriginal();
  stream.beat();
  expect(await stream.endCode()).toBe("UNAUTHENTICATED");
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Connecting" });
  await worker.openAsOriginal().beatUntilAnswered();
  elsewhere.close();
});

test("it returns after a lost connection with the session id it was given", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  const { sessionId } = await worker.registerAsOriginal();
  await worker.openAsOriginal().beatUntilAnswered();
  worker.close();
  const back = new ScriptedWorker(gateway.port, worker);
  onTestFinished(() => back.close());
  expect((await back.registerAsOriginal(sessionId)).sessionId).toBe(sessionId);
  await back.openAsOriginal().beatUntilAnswered();
  const other = new ScriptedWorker(gateway.port, worker);
  onTestFinished(() => other.close());
  expect(await statusOf(other.registerAsOriginal("sess_invented"))).toBe("UNAUTHENTICATED");
});

test("Running is committed before its command leaves; lines and result are recorded", async () => {
  const gateway = await startGateway();
  const worker = await readyOriginal(gateway);
  const runId = await gateway.submit({ attemptTimeoutSeconds: 5 });
  const command = await worker.control.command();
  expect((await gateway.run(runId)).phase).toBe("Running");
  expect(command).toMatchObject({ jobId: runId, timeoutMs: 5_000 });
  const { control } = worker;
  control.say({
    $case: "ack",
    value: { messageId: `job-${runId}`, success: true, workerId: worker.workerId },
  });
  control.say({ $case: "log", value: line(runId, "hello") });
  control.say({
    $case: "logBatch",
    value: { jobId: runId, entries: [line(runId, "two"), line(runId, "ten", { isStderr: true })] },
  });
  control.say({ $case: "log", value: line(crypto.randomUUID(), "of another job") });
  control.say({ $case: "stats", value: { cpuPercent: 1, memoryBytes: 2, diskBytes: 3 } });
  control.result({ jobId: runId, executionId: "", fence: 0 }, { ...plainResult, exitCode: 4 });
  const run = await gateway.runBecomes(runId, "Failed");
  expect(run).toMatchObject({ exitCode: 4, attempts: 1 });
  expect((await output(gateway)).map(({ text }) => text)).toEqual(["hello\n", "two\n", "ten\n"]);
  const [attempt] = await gateway.reader.attempts(runId);
  expect(attempt?.logLastSeq).toBe(3);
  const page = await gateway.reader.logs(runId, { attempt: 1, seq: 3 }, 1e6);
  expect(page.complete).toBe(true);
});

test("a run without attempt timeout is given its deadline: 0 would mean timed out at once", async () => {
  const gateway = await startGateway();
  const worker = await readyOriginal(gateway);
  await gateway.submit({ activeDeadlineSeconds: 600 });
  const { timeoutMs } = await worker.control.command();
  expect(timeoutMs).toBeGreaterThan(590_000);
  expect(timeoutMs).toBeLessThanOrEqual(600_000);
});

test("the text of its own timeouts is understood", async () => {
  const gateway = await startGateway();
  const worker = await readyOriginal(gateway);
  const runId = await gateway.submit();
  await worker.control.command();
  const errorMessage = "TIMEOUT: job exceeded 5s";
  worker.control.result(
    { jobId: runId, executionId: "", fence: 0 },
    { ...plainResult, exitCode: -1, success: false, errorMessage },
  );
  await gateway.runBecomes(runId, "Failed");
  expect((await gateway.reader.attempts(runId))[0]).toMatchObject({ failure: "timeout" });
});

test("a result before the first heartbeat, and one of another job, count for nothing", async () => {
  const gateway = await startGateway();
  const worker = await readyOriginal(gateway);
  const { control } = worker;
  const runId = await gateway.submit();
  await control.command();
  const early = worker.openAsOriginal();
  early.result({ jobId: runId, executionId: "", fence: 0 }, plainResult);
  control.result({ jobId: crypto.randomUUID(), executionId: "", fence: 0 }, plainResult);
  await control.beatUntilAnswered();
  expect((await gateway.run(runId)).phase).toBe("Running");
});

test("silence while a job runs keeps its lease and its attempt, and is not acknowledged", async () => {
  const gateway = await startGateway({ timings: { heartbeatPeriodMs: 100, leaseMs: 500 } });
  const worker = await readyOriginal(gateway);
  const runId = await gateway.submit();
  const { jobId } = await worker.control.command();
  const acks = worker.control.all("ack").length;
  const born = await gateway.workerRow(worker.workerId);
  await gateway.query("update hodei.attempt set reported_at = reported_at - interval '1 h'");
  await until("three leases have passed", async () => {
    const { lease_expires_at } = await gateway.workerRow(worker.workerId);
    return Number(lease_expires_at) - Number(born.lease_expires_at) > 1_500;
  });
  const [row] = await gateway.query(
    `select w.lease_expires_at > hodei.clock() as leased,
       a.reported_at > hodei.clock() - interval '30 s' as reported
     from hodei.worker w join hodei.attempt a on a.worker_id = w.id`,
  );
  expect(row).toEqual({ leased: true, reported: true });
  expect(worker.control.all("ack")).toHaveLength(acks);
  worker.control.result({ jobId, executionId: "", fence: 0 }, plainResult);
  await gateway.runBecomes(runId, "Succeeded");
});

test("self_terminate lets it finish and gives it no more", async () => {
  const gateway = await startGateway();
  const worker = await readyOriginal(gateway);
  const value = { workerId: worker.workerId, lastJobId: "", reason: "idle" };
  worker.control.say({
    $case: "selfTerminate",
    value: { ...value, expectedCleanupMs: 0, actualWaitMs: 0 },
  });
  await until("draining", async () => {
    const { phase } = await gateway.workerRow(worker.workerId);
    return phase === "Draining";
  });
  const runId = await gateway.submit();
  gateway.hub.placing.poke();
  await worker.control.beatUntilAnswered();
  expect((await gateway.run(runId)).phase).toBe("Pending");
});

test("it says goodbye on its own connection, and on no other", async () => {
  const gateway = await startGateway();
  const worker = await readyOriginal(gateway);
  const elsewhere = new ScriptedWorker(gateway.port, worker);
  onTestFinished(() => elsewhere.close());
  expect(await statusOf(elsewhere.unregister(new Metadata()))).toBe("UNAUTHENTICATED");
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Ready" });
  expect(await statusOf(worker.unregister(new Metadata()))).toBe("OK");
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Terminating" });
});

test("a line longer than a chunk is kept whole", async () => {
  const gateway = await startGateway();
  const worker = await readyOriginal(gateway);
  const runId = await gateway.submit();
  await worker.control.command();
  const long = "x".repeat(3 * limits.logChunkBytesMax);
  worker.control.say({ $case: "log", value: line(runId, long) });
  worker.control.result({ jobId: runId, executionId: "", fence: 0 }, plainResult);
  await gateway.runBecomes(runId, "Succeeded");
  const rows = await output(gateway);
  expect(rows.map(({ text }) => text).join("")).toBe(`${long}\n`);
  expect(rows).toHaveLength(4);
});

test("lines after a reconnect come after those before it, none is overwritten", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  const { sessionId } = await worker.registerAsOriginal();
  await worker.openAsOriginal().beatUntilAnswered();
  const runId = await gateway.submit();
  await worker.control.command();
  for (const text of ["one", "two"]) worker.control.say({ $case: "log", value: line(runId, text) });
  await until("both are stored", async () => (await output(gateway)).length === 2);
  worker.close();
  const back = new ScriptedWorker(gateway.port, worker);
  onTestFinished(() => back.close());
  await back.registerAsOriginal(sessionId);
  await back.openAsOriginal().beatUntilAnswered();
  back.control.say({ $case: "log", value: line(runId, "three") });
  back.control.result({ jobId: runId, executionId: "", fence: 0 }, plainResult);
  const run = await gateway.runBecomes(runId, "Succeeded");
  expect(run.attempts).toBe(1);
  expect((await output(gateway)).map(({ text }) => text)).toEqual(["one\n", "two\n", "three\n"]);
  // What was on its way when the stream broke is gone, and nobody knows how much: readers are told.
  const { pieces } = await gateway.reader.logs(runId, { attempt: 0, seq: 0 }, 1e6);
  expect(pieces.map(({ gap, data }) => gap?.reason ?? String(Buffer.from(data)))).toEqual([
    ...["one\n", "two\n", "stream-broken", "three\n"],
  ]);
  expect((await gateway.reader.verifyLogs(runId))?.attempts).toMatchObject([{ state: "gaps" }]);
});

test("a run that begins after a reconnect is numbered from 1, and its silence is known", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  const { sessionId } = await worker.registerAsOriginal();
  await worker.openAsOriginal().beatUntilAnswered();
  worker.close();
  const back = new ScriptedWorker(gateway.port, worker);
  onTestFinished(() => back.close());
  await back.registerAsOriginal(sessionId);
  await back.openAsOriginal().beatUntilAnswered();
  const spoken = await gateway.submit();
  await back.control.command();
  back.control.say({ $case: "log", value: line(spoken, "one") });
  back.control.result({ jobId: spoken, executionId: "", fence: 0 }, plainResult);
  await gateway.runBecomes(spoken, "Succeeded");
  expect(await gateway.reader.verifyLogs(spoken)).toMatchObject({
    ...{ complete: true, attempts: [{ state: "complete", lastSeq: 1 }] },
  });
  const silent = await gateway.submit();
  await until("its command came", () => back.control.all("runJob").length === 2);
  back.control.result({ jobId: silent, executionId: "", fence: 0 }, plainResult);
  await gateway.runBecomes(silent, "Succeeded");
  expect(await gateway.reader.verifyLogs(silent)).toMatchObject({
    ...{ complete: true, attempts: [{ state: "complete", lastSeq: 0 }] },
  });
});

test("a result it says while the database is away is recorded when it is back", {
  timeout: 30_000,
}, async () => {
  let down = false;
  const gateway = await startGateway({
    wrapSql: (sql) => ({
      query: (statement, parameters) =>
        down
          ? Promise.reject(new SqlError("unavailable", "gone"))
          : sql.query(statement, parameters),
      close: () => sql.close(),
    }),
  });
  const worker = await readyOriginal(gateway);
  const runId = await gateway.submit();
  await worker.control.command();
  down = true;
  worker.control.say({ $case: "log", value: line(runId, "nobody could store this") });
  worker.control.result({ jobId: runId, executionId: "", fence: 0 }, plainResult);
  await until("it was tried in vain", () =>
    gateway.logLines.some((entry) => entry.includes("output of a worker was not stored")),
  );
  down = false;
  await gateway.query("select 1");
  await until("recorded", async () => (await gateway.run(runId)).phase === "Succeeded");
});

test("with the database blocked its flood of lines is held back, its job is not lost, all arrives", {
  timeout: 30_000,
}, async () => {
  const gateway = await startGateway();
  const worker = await readyOriginal(gateway);
  const runId = await gateway.submit();
  await worker.control.command();
  const blocker = new pg.Client({ connectionString: gateway.database.url });
  await blocker.connect();
  onTestFinished(() => blocker.end());
  await blocker.query("begin; lock table hodei.log_chunk in access exclusive mode");
  let taken = 0;
  const lines = 600; // 9 MiB
  for (let n = 0; n < lines; n += 1) {
    const payload = { $case: "log" as const, value: line(runId, "y".repeat(15_000)) };
    worker.control.call.write({ payload }, () => {
      taken += 1;
    });
  }
  const beats = () =>
    gateway.workerRow(worker.workerId).then((row) => Number(row.last_heartbeat_at));
  let before = { taken: -1, beaten: 0 };
  await until("the writes stand still while the lease is kept", async () => {
    const now = { taken, beaten: await beats() };
    if (now.beaten <= before.beaten) return false;
    const still = now.taken === before.taken;
    before = now;
    return still;
  });
  expect(taken).toBeLessThan(lines / 3);
  await blocker.query("commit");
  worker.control.result({ jobId: runId, executionId: "", fence: 0 }, plainResult);
  await gateway.runBecomes(runId, "Succeeded");
  expect(await output(gateway)).toHaveLength(lines);
});
