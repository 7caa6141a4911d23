import { randomUUID } from "node:crypto";
import type { ClientHttp2Stream } from "node:http2";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { Timestamp } from "#proto/google/protobuf/timestamp.ts";
import { MetricsQuery } from "#proto/hodei/metrics.ts";
import { JobResultMessage, LogChunk, WorkerHeartbeat, WorkerMessage } from "#proto/hodei.ts";
import { startGateway } from "../../support/gateway-fixture.ts";
import {
  grpcFrame,
  grpcHeaders,
  type RawHeaders,
  rawCall,
  rawConnection,
} from "../../support/raw-grpc.ts";
import type { ScriptedWorker } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

const WORKER_STREAM = "/hodei.WorkerAgentService/WorkerStream";
const STREAM_LOGS = "/hodei.WorkerAgentService/StreamLogs";
const REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const HEALTH_WATCH = "/grpc.health.v1.Health/Watch";

/** A call of which no answer is ever read. */
function deafCall(port: number, path: string, headers: RawHeaders = {}): ClientHttp2Stream {
  const stream = rawConnection(port).request(grpcHeaders(path, headers) as never);
  stream.on("error", () => {});
  return stream;
}

/** Writes frames until nothing more is taken for a second; answers how many of them were. */
async function takenOf(stream: ClientHttp2Stream, count: number, frame: (n: number) => Buffer) {
  let taken = 0;
  let takenAt = performance.now();
  const note = () => {
    taken += 1;
    takenAt = performance.now();
  };
  for (let n = 0; n < count; n += 1)
    if (!stream.write(frame(n), note))
      await until(
        "there is room",
        () => !stream.writableNeedDrain || performance.now() - takenAt > 600,
      );
  await until("all are taken, or no more", () => {
    return taken === count || performance.now() - takenAt > 600;
  });
  return taken;
}

const credentialHeaders = ({ workerId, secret }: ScriptedWorker): RawHeaders => ({
  authorization: `Bearer ${secret}`,
  "hodei-worker-id": workerId,
});

test("watching the health of what is not there leaves nothing behind", async () => {
  const gateway = await startGateway();
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const held = () => {
    collect();
    return process.memoryUsage().heapUsed + process.memoryUsage().external;
  };
  const size = 512 * 1024;
  const watch = async (n: number) => {
    const name = Buffer.alloc(size, String(n).padStart(8, "0"));
    const prefix = Buffer.from([0x0a, 0x80, 0x80, 0x20]); // field 1, its length
    const stream = rawConnection(gateway.port).request(grpcHeaders(HEALTH_WATCH) as never);
    let answered = false;
    stream.on("error", () => {});
    stream.on("data", () => {
      answered = true;
    });
    stream.end(grpcFrame(Buffer.concat([prefix, name])));
    await until("it is watched", () => answered);
    stream.session?.destroy();
  };
  await watch(0);
  await until("the connection is gone", () => gateway.server.connections.open === 0);
  const before = held();
  const count = 24;
  for (let n = 1; n <= count; n += 1) await watch(n);
  await until("the connections are gone", () => gateway.server.connections.open === 0);
  await until("nothing is held", () => held() - before < (count * size) / 3, 5_000);
});

test("a worker that reads no acknowledgement of its output is not read any more", async () => {
  const gateway = await startGateway();
  const [worker, beside] = [await gateway.readyWorker(), await gateway.readyWorker()];
  const logs = deafCall(gateway.port, STREAM_LOGS, credentialHeaders(worker));
  const count = 10_000;
  const chunk = (n: number) =>
    grpcFrame(
      LogChunk.encode(
        LogChunk.fromPartial({ executionId: randomUUID(), fence: 1, seq: n + 1 }),
      ).finish(),
    );
  expect(await takenOf(logs, count, chunk)).toBeLessThan(count / 2);
  await beside.control.beatUntilAnswered();
  logs.resume();
  await until("it goes on when it reads", () => logs.writableLength === 0);
});

test("who reads no answer of the reflection is not read any more", async () => {
  const gateway = await startGateway();
  const stream = deafCall(gateway.port, REFLECTION);
  const listServices = grpcFrame(Buffer.from([0x3a, 0x00]));
  const count = 20_000;
  expect(await takenOf(stream, count, () => listServices)).toBeLessThan(count / 2);
});

test("who does not say who he is cannot fill the memory with messages", async () => {
  const gateway = await startGateway();
  const beside = await gateway.readyWorker();
  const result = JobResultMessage.fromPartial({ errorMessage: "x".repeat(900 * 1024) });
  const large = grpcFrame(
    WorkerMessage.encode({ payload: { $case: "result", value: result } }).finish(),
  );
  const streams = 6;
  const each = 8;
  const session = rawConnection(gateway.port);
  const answers = Array.from({ length: streams }, () =>
    rawCall(session, WORKER_STREAM, Buffer.concat(Array(each).fill(large)), { end: false }),
  );
  const { status } = await Promise.race(answers);
  expect(status).toBe("8"); // RESOURCE_EXHAUSTED
  session.destroy();
  await beside.control.beatUntilAnswered();
  const fresh = await gateway.worker(); // what they held is free again
  await fresh.registerAsOriginal();
  await fresh.openAsOriginal().beatUntilAnswered();
});

test("what a liar says it uses does not keep others' usage from being written", async () => {
  const gateway = await startGateway();
  const [first, second] = [await gateway.readyWorker(), await gateway.readyWorker()];
  const runs = [await gateway.submit(), await gateway.submit()];
  const commands = await Promise.all([first.control.take(), second.control.take()]);
  const usage = (change: object) =>
    WorkerHeartbeat.fromPartial({
      usage: { cpuCores: 0.1, memoryBytes: 1000, diskBytes: 1, customUsage: {}, ...change },
    });
  const absurd = { cpuCores: 1e308, memoryBytes: -(2 ** 53 - 1), diskBytes: 2 ** 53 - 1 };
  for (let n = 0; n < 3; n += 1) {
    first.control.say({ $case: "heartbeat", value: usage(absurd) });
    second.control.say({ $case: "heartbeat", value: usage({}) });
  }
  first.control.say({
    $case: "stats",
    value: {
      ...{ jobId: "", cpuPercent: -1e308, memoryBytes: 1, diskBytes: 1, timestamp: undefined },
    },
  });
  await until("all is answered", () => second.control.answers.length >= 3);
  await until("both were heard", () => {
    return [first, second].every(({ workerId }) => gateway.hub.usage.newest(workerId));
  });
  await gateway.hub.usageWriter.flush();
  const rows = await gateway.query("select run_id, cpu_max, memory_max from hodei.usage");
  expect(rows.map(({ run_id }) => run_id).sort()).toEqual([...runs].sort());
  expect(commands).toHaveLength(2);
});

test("no status is longer than what every client can read", async () => {
  const gateway = await startGateway();
  const name = Buffer.alloc(500_000, "é");
  const request = Buffer.concat([Buffer.from([0x0a, 0xa0, 0xc2, 0x1e]), name]);
  const answer = await rawCall(
    rawConnection(gateway.port),
    "/grpc.health.v1.Health/Check",
    grpcFrame(request),
  );
  expect(answer.status).toBe("5"); // NOT_FOUND
  expect(answer.message.length).toBeLessThan(8 * 1024);
  expect(limits.statusDetailsBytesMax).toBeLessThan(8 * 1024);
});

test("an instant that no clock can show is refused, not answered with a failure of ours", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const never = Timestamp.encode({ seconds: Number.MAX_SAFE_INTEGER, nanos: 0 }).finish();
  for (const field of [0x1a, 0x22]) {
    const query = Buffer.concat([
      MetricsQuery.encode(
        MetricsQuery.fromPartial({ workerId: { value: worker.workerId } }),
      ).finish(),
      Buffer.from([field, never.length]),
      never,
    ]);
    const path = "/hodei.MetricsService/GetTimeSeriesMetrics";
    const answer = await rawCall(rawConnection(gateway.port), path, grpcFrame(query));
    expect(answer).toMatchObject({ status: "3" }); // INVALID_ARGUMENT
    expect(answer.message).toContain("_timestamp");
  }
});
