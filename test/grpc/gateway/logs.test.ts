import { randomUUID } from "node:crypto";
import { Metadata } from "@grpc/grpc-js";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { SqlError } from "#adapters/store/sql-client.ts";
import { limits } from "#core/domain/limits.ts";
import { AttemptEnd } from "#proto/hodei.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { credential } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

async function running(gateway: GatewayFixture) {
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.take();
  return { worker, runId, command };
}

const stored = (gateway: GatewayFixture) =>
  gateway.query(
    "select seq::int, is_stderr, convert_from(data, 'utf8') as text from hodei.log_chunk order by run_id, fence, seq",
  );

test("chunks are stored in order and acknowledged after the commit", async () => {
  const gateway = await startGateway();
  const { worker, command } = await running(gateway);
  const logs = worker.openLogs();
  logs.write(command, 1, "one\n");
  logs.write(command, 2, "two\n", { isStderr: true });
  logs.write(command, 3, "three\n");
  expect(await logs.acknowledged(3)).toMatchObject({
    executionId: command.executionId,
    fence: command.fence,
    refused: false,
  });
  expect(await stored(gateway)).toEqual([
    { seq: 1, is_stderr: false, text: "one\n" },
    { seq: 2, is_stderr: true, text: "two\n" },
    { seq: 3, is_stderr: false, text: "three\n" },
  ]);
});

test("bytes arrive as they are, with the one record of what was dropped", async () => {
  const gateway = await startGateway();
  const { worker, runId, command } = await running(gateway);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const logs = worker.openLogs();
  const timestamp = new Date("2026-02-03T04:05:06.789Z");
  logs.write(command, 1, bytes, { timestamp });
  logs.write(command, 2, "", { truncated: { droppedBytes: 5_000_000_000, droppedLines: 7 } });
  await logs.acknowledged(2);
  const { pieces } = await gateway.reader.logs(runId, { attempt: 0, seq: 0 }, 1e6);
  expect(Buffer.from(pieces[0]!.data)).toEqual(bytes);
  expect(pieces[0]!.at).toBe(timestamp.getTime());
  expect(pieces[1]!.truncated).toEqual({ droppedBytes: 5_000_000_000, droppedLines: 7 });
});

test("chunks sent again change nothing and are acknowledged again", async () => {
  const gateway = await startGateway();
  const { worker, command } = await running(gateway);
  const first = worker.openLogs();
  first.write(command, 1, "a");
  first.write(command, 2, "b");
  await first.acknowledged(2);
  first.call.cancel();
  const second = worker.openLogs();
  second.write(command, 1, "changed");
  second.write(command, 2, "b");
  second.write(command, 3, "c");
  await second.acknowledged(3);
  expect((await stored(gateway)).map(({ text }) => text)).toEqual(["a", "b", "c"]);
});

test("after a chunk that could not be stored none behind it is, until it is sent again", async () => {
  const lost = Promise.withResolvers<never>();
  let appends = 0;
  const gateway = await startGateway({
    wrapSql: (sql) => ({
      query: (statement, parameters) =>
        statement.name === "append-logs" && ++appends === 1
          ? lost.promise
          : sql.query(statement, parameters),
      close: () => sql.close(),
    }),
  });
  const { worker, runId, command } = await running(gateway);
  const logs = worker.openLogs();
  const chunk = "x".repeat(limits.logChunkBytesMax);
  const seqs = Array.from({ length: 20 }, (_, n) => n + 1); // more than one statement takes
  for (const seq of seqs) logs.write(command, seq, chunk);
  await until("all are received", () => gateway.hub.logRoom.bytes > 20 * chunk.length);
  lost.reject(new SqlError("unavailable", "gone"));
  expect(await logs.endCode()).toBe("UNAVAILABLE");
  await gateway.hub.logs.idle();
  expect(await stored(gateway)).toEqual([]);
  const again = worker.openLogs();
  for (const seq of seqs) again.write(command, seq, chunk);
  await again.acknowledged(20);
  const { pieces } = await gateway.reader.logs(runId, { attempt: 0, seq: 0 }, 1e6);
  expect(pieces.map(({ seq }) => seq)).toEqual(seqs);
});

test("an agent that lost its execution says nothing of how much output there was", async () => {
  const gateway = await startGateway();
  const { worker, runId, command } = await running(gateway);
  const logs = worker.openLogs();
  logs.write(command, 1, "before the agent died\n");
  await logs.acknowledged(1);
  worker.control.result(command, { end: AttemptEnd.ATTEMPT_END_AGENT_LOST, logLastSeq: 0 });
  await until("the attempt has ended", async () => {
    const [attempt] = await gateway.reader.attempts(runId);
    return attempt?.endedAt !== null;
  });
  expect((await gateway.reader.attempts(runId))[0]).toMatchObject({ logLastSeq: null });
});

test("after the worker's last chunk its acknowledgement still comes, then the end", async () => {
  const gateway = await startGateway();
  const { worker, command } = await running(gateway);
  const logs = worker.openLogs();
  for (let seq = 1; seq <= 50; seq += 1) logs.write(command, seq, `${seq}\n`);
  logs.call.end();
  expect(await logs.endCode()).toBe("OK");
  expect(logs.acks.at(-1)?.seq).toBe(50);
  expect(await stored(gateway)).toHaveLength(50);
});

test("oversized and malformed chunks end that stream alone, and what came before is kept", async () => {
  const gateway = await startGateway();
  const { worker, command } = await running(gateway);
  const bad = [
    { ...command, seq: 2, data: Buffer.alloc(limits.logChunkBytesMax + 1) },
    { ...command, seq: 0, data: Buffer.from("x") },
    { ...command, executionId: "no uuid", seq: 2, data: Buffer.from("x") },
  ];
  for (const { seq, data, ...named } of bad) {
    const logs = worker.openLogs();
    logs.write(command, 1, "kept");
    await logs.acknowledged(1);
    logs.write(named, seq, data);
    logs.write(command, 9, "after");
    expect(await logs.endCode()).toBe("INVALID_ARGUMENT");
  }
  expect((await stored(gateway)).map(({ text }) => text)).toEqual(["kept"]);
  await worker.control.beatUntilAnswered([command]);
});

test("an instant no calendar knows spoils nobody's output", async () => {
  const gateway = await startGateway();
  const one = await running(gateway);
  const two = await running(gateway);
  const hostile = one.worker.openLogs();
  const fine = two.worker.openLogs();
  const timestamp = new Date(-8.64e15); // before any year of the database
  hostile.write(one.command, 1, "when?", { timestamp });
  fine.write(two.command, 1, "now", { timestamp: new Date() });
  await Promise.all([hostile.acknowledged(1), fine.acknowledged(1)]);
  expect(await stored(gateway)).toHaveLength(2);
});

test("output of another's execution, or with another fence, is refused and not stored", async () => {
  const gateway = await startGateway();
  const owner = await running(gateway);
  const stranger = await gateway.readyWorker();
  const logs = stranger.openLogs();
  logs.write(owner.command, 1, "not mine");
  expect(await logs.acknowledged(1)).toMatchObject({ refused: true });
  logs.write({ executionId: randomUUID(), fence: 1 }, 2, "nobody's");
  expect(await logs.acknowledged(2)).toMatchObject({ refused: true });
  const own = owner.worker.openLogs();
  own.write({ ...owner.command, fence: 2 }, 1, "of the future");
  expect(await own.acknowledged(1)).toMatchObject({ refused: true });
  expect(await stored(gateway)).toEqual([]);
});

test("no credential, a wrong secret and a session that is not here are refused", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  expect(await worker.openLogs(new Metadata()).endCode()).toBe("UNAUTHENTICATED");
  const wrong = credential(worker.workerId, "wrong");
  expect(await worker.openLogs(wrong).endCode()).toBe("UNAUTHENTICATED");
});

test("a logs stream that comes before its control stream waits for it", async () => {
  const gateway = await startGateway();
  const { worker, command } = await running(gateway);
  worker.control.cancel();
  await until("the stream is gone", () => gateway.hub.sessions.size === 0);
  const logs = worker.openLogs();
  logs.write(command, 1, "early");
  await worker.open().beatUntilAnswered([command]);
  expect(await logs.acknowledged(1)).toMatchObject({ refused: false });
});

test("with the database blocked a flood is held back at its worker, heartbeats go on, and then all of it arrives", {
  timeout: 30_000,
}, async () => {
  const gateway = await startGateway();
  const { worker, command } = await running(gateway);
  const blocker = new pg.Client({ connectionString: gateway.database.url });
  await blocker.connect();
  onTestFinished(() => blocker.end());
  await blocker.query("begin; lock table hodei.log_chunk in access exclusive mode");

  const logs = worker.openLogs();
  const chunk = Buffer.alloc(16 * 1024, "x");
  const chunks = 512; // 8 MiB
  for (let seq = 1; seq <= chunks; seq += 1) logs.write(command, seq, chunk);
  await until("the writes stand still", async () => {
    const before = logs.sentBytes;
    for (let n = 0; n < 3; n += 1) await worker.control.beatUntilAnswered([command]);
    return before > 0 && logs.sentBytes === before;
  });
  // 512 KiB in the gateway, the rest in the windows and buffers of the connection.
  expect(logs.sentBytes).toBeLessThan(2 * 1024 * 1024);
  expect(logs.acks).toEqual([]);

  await blocker.query("commit");
  await logs.acknowledged(chunks);
  const [sum] = await gateway.query(
    "select count(*)::int as chunks, sum(octet_length(data))::int as bytes, max(seq)::int as last from hodei.log_chunk",
  );
  expect(sum).toEqual({ chunks, bytes: chunks * chunk.length, last: chunks });
});

test("logs streams of one worker are bounded, and one that ended makes room", async () => {
  const gateway = await startGateway();
  const { worker, command } = await running(gateway);
  const open = Array.from({ length: limits.workerLogStreamsMax }, () => worker.openLogs());
  for (const logs of open) {
    logs.write(command, 1, "a");
    await logs.acknowledged(1);
  }
  expect(await worker.openLogs().endCode()).toBe("RESOURCE_EXHAUSTED");
  open[0]?.call.cancel();
  await until("there is room", async () => {
    const logs = worker.openLogs();
    logs.write(command, 1, "a");
    const ended = logs.endCode().then(() => false);
    return Promise.race([ended, logs.acknowledged(1).then(() => true)]);
  });
});
