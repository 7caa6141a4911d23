import { createHash, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { SqlError } from "#adapters/store/sql-client.ts";
import { startGateway } from "../../support/gateway-fixture.ts";
import { statusOf } from "../../support/scripted-worker.ts";

test("the right token opens a session and says how to live", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  const answer = await worker.register();
  expect(answer).toMatchObject({
    success: true,
    workerId: { value: worker.workerId },
    heartbeatPeriodMs: 200,
    leaseMs: 45_000,
  });
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({
    phase: "Connecting",
    protocol_version: 1,
    session_sha256: createHash("sha256").update(worker.secret).digest("hex"),
  });
});

test("a repeat by the same session is harmless", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  await worker.register();
  expect((await worker.register()).success).toBe(true);
  await worker.open().beatUntilAnswered();
  expect((await worker.register()).success).toBe(true);
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Ready" });
});

test("a replay by another session is refused, and the worker is drained", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const thief = createHash("sha256").update("another secret").digest("hex");
  expect(await statusOf(worker.register({ sessionSha256: thief }))).toBe("UNAUTHENTICATED");
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({
    phase: "Draining",
    reason: "TokenReplayed",
    session_sha256: createHash("sha256").update(worker.secret).digest("hex"),
  });
  expect(gateway.logLines.join("")).toContain('"cause":"replayed"');
});

test("wrong, foreign, empty, dev- and expired tokens are refused and change nothing", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  const other = await gateway.worker();
  for (const authToken of ["wrong", other.token, "", "dev-token", `${worker.token}x`])
    expect(await statusOf(worker.register({ authToken }))).toBe("UNAUTHENTICATED");
  await gateway.query(
    "update hodei.worker set token_expires_at = hodei.clock() - interval '1 s' where id = $1",
    [worker.workerId],
  );
  expect(await statusOf(worker.register())).toBe("UNAUTHENTICATED");
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({
    phase: "Creating",
    token_consumed_at: null,
  });
  expect((await other.register()).success).toBe(true);
});

test("neither tokens nor secrets reach the log", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  await statusOf(worker.register({ authToken: "wrong-token-value" }));
  const log = gateway.logLines.join("");
  expect(log).toContain("registration refused");
  for (const secret of ["wrong-token-value", worker.token, worker.secret])
    expect(log).not.toContain(secret);
});

test("a worker nobody launched is refused", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  const call = worker.register({
    workerInfo: { ...BLANK_INFO, workerId: { value: randomUUID() } },
  });
  expect(await statusOf(call)).toBe("UNAUTHENTICATED");
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Creating" });
});

test("what is no UUID and no digest is refused by its path", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  const bad = worker.register({ workerInfo: undefined });
  await expect(bad).rejects.toMatchObject({
    code: 3,
    details: expect.stringContaining("worker_info.worker_id"),
  });
  await expect(worker.register({ sessionSha256: "ABC" })).rejects.toMatchObject({
    code: 3,
    details: expect.stringContaining("session_sha256"),
  });
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ token_consumed_at: null });
});

test("what a worker says of itself may hold anything", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  const hostile = `\u0000${"x".repeat(255)}${"😀".repeat(300)}`;
  const answer = await worker.register({
    workerInfo: {
      ...BLANK_INFO,
      workerId: { value: worker.workerId.toUpperCase() },
      name: hostile,
      hostname: hostile,
      capabilities: Array.from({ length: 100 }, () => hostile),
    },
  });
  expect(answer.success).toBe(true);
  expect(answer.workerId?.value).toBe(worker.workerId);
  const { info } = (await gateway.workerRow(worker.workerId)) as { info: { name: string } };
  expect(info.name.length).toBeLessThanOrEqual(256);
});

test("with the database down it answers UNAVAILABLE and the token is not spent", async () => {
  let down = true;
  const gateway = await startGateway({
    wrapSql: (sql) => ({
      query: (statement, parameters) =>
        down && statement.name === "register-worker"
          ? Promise.reject(new SqlError("unavailable", "connection refused"))
          : sql.query(statement, parameters),
      close: () => sql.close(),
    }),
  });
  const worker = await gateway.worker();
  expect(await statusOf(worker.register())).toBe("UNAVAILABLE");
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ token_consumed_at: null });
  down = false;
  expect((await worker.register()).success).toBe(true);
});

const BLANK_INFO = {
  name: "",
  version: "",
  hostname: "",
  ipAddress: "",
  osInfo: "",
  architecture: "",
  capacity: undefined,
  capabilities: [],
  taints: [],
  labels: {},
  tolerations: [],
};
