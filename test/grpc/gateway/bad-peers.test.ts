import { type ClientHttp2Stream, connect as dialHttp2 } from "node:http2";
import { connect as dial } from "node:net";
import { credentials, Metadata, makeGenericClientConstructor } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import { limits } from "#core/domain/limits.ts";
import {
  RunJobCommand,
  WorkerAgentServiceService,
  WorkerHeartbeat,
  WorkerMessage,
} from "#proto/hodei.ts";
import { startGateway } from "../../support/gateway-fixture.ts";
import { ControlPeer, type ScriptedWorker, statusOf } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

/** The same service, but what is written are the bytes themselves. */
function rawClient(port: number) {
  const { workerStream } = WorkerAgentServiceService;
  const RawClient = makeGenericClientConstructor(
    { workerStream: { ...workerStream, requestSerialize: (bytes: Buffer) => bytes } } as never,
    "Raw",
  );
  const client = new RawClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
  });
  onTestFinished(() => client.close());
  return client;
}

function rawStream(port: number, worker: ScriptedWorker): ControlPeer {
  const open = rawClient(port).workerStream as (metadata: Metadata) => never;
  return new ControlPeer(worker.workerId, open.call(rawClient(port), worker.metadata));
}

async function expectServes(worker: ScriptedWorker): Promise<void> {
  expect((await worker.control.beatUntilAnswered()).$case).toBe("heartbeatAck");
}

test("bytes that are no message end that stream, and no other", async () => {
  const gateway = await startGateway();
  const [worker, beside] = [await gateway.readyWorker(), await gateway.readyWorker()];
  const stream = rawStream(gateway.port, worker);
  await until("attached", () => gateway.hub.sessions.get(worker.workerId)?.epoch === 2);
  stream.call.write(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f]) as never as WorkerMessage);
  expect(await stream.endCode()).toBe("INTERNAL");
  await until("detached", () => gateway.hub.sessions.get(worker.workerId) === undefined);
  await expectServes(beside);
  worker.open();
  await expectServes(worker);
});

test("a number no integer holds ends that stream, and no other", async () => {
  const gateway = await startGateway();
  const [worker, beside] = [await gateway.readyWorker(), await gateway.readyWorker()];
  const stream = rawStream(gateway.port, worker);
  // accept { execution_id: "", fence: 2^63 - 1 }
  const accept = [0xa2, 0x06, 0x0a, 0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
  stream.call.write(Buffer.from(accept) as never as WorkerMessage);
  expect(await stream.endCode()).toBe("INTERNAL");
  await expectServes(beside);
});

test("unknown fields and empty messages are ignored", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const stream = rawStream(gateway.port, worker);
  stream.call.write(Buffer.alloc(0) as never as WorkerMessage);
  const unknown = Buffer.from([0xfa, 0x3e, 0x03, 1, 2, 3]); // field 1007, three bytes
  stream.call.write(unknown as never as WorkerMessage);
  stream.call.write(Buffer.from([0x0a, 0x00]) as never as WorkerMessage); // an empty heartbeat
  await until("it is answered", () => stream.answers.length === 1);
});

test("a message over the limit ends that stream, and no other", async () => {
  const gateway = await startGateway();
  const [worker, beside] = [await gateway.readyWorker(), await gateway.readyWorker()];
  const line = "x".repeat(limits.messageBytesMax + 1);
  worker.control.say({ $case: "log", value: { jobId: "", line, isStderr: false } });
  expect(await worker.control.endCode()).toBe("RESOURCE_EXHAUSTED");
  await expectServes(beside);
  expect(await statusOf(worker.register({ authToken: line }))).toBe("RESOURCE_EXHAUSTED");
});

test("messages that name nothing are logged, unanswered, and the stream goes on", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const nothing = { executionId: "", fence: 0, jobId: "" };
  worker.control.accept(nothing);
  worker.control.refuse(nothing);
  worker.control.result(nothing);
  worker.control.say({
    $case: "log",
    value: { jobId: "x", line: "ours log elsewhere", isStderr: false },
  });
  worker.control.call.write({ payload: undefined });
  await expectServes(worker);
  const warnings = gateway.logLines.filter((line) => line.includes("was not dealt with"));
  expect(warnings).toHaveLength(3);
  expect(worker.control.heard.every(({ $case }) => $case === "heartbeatAck")).toBe(true);
});

/**
 * A control stream over plain HTTP/2 of which nothing is read: a grpc-js client would read ahead
 * and keep everything.
 */
function deafStream(port: number, worker: ScriptedWorker): ClientHttp2Stream {
  const session = dialHttp2(`http://127.0.0.1:${port}`);
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ":method": "POST",
    ":path": "/hodei.WorkerAgentService/WorkerStream",
    "content-type": "application/grpc",
    te: "trailers",
    authorization: `Bearer ${worker.secret}`,
    "hodei-worker-id": worker.workerId,
  });
  stream.on("error", () => {});
  const value = WorkerHeartbeat.fromPartial({});
  const message = WorkerMessage.encode({ payload: { $case: "heartbeat", value } }).finish();
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  stream.write(Buffer.concat([prefix, message]));
  return stream;
}

test("a worker that never reads is cut off, and nobody waits for it", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  await worker.register();
  const deaf = deafStream(gateway.port, worker);
  await until("it is ready", async () => {
    const { phase } = await gateway.workerRow(worker.workerId);
    return phase === "Ready";
  });
  const beside = await gateway.readyWorker();
  const session = gateway.hub.sessions.get(worker.workerId);
  const value = { ...RunJobCommand.fromPartial({}), env: { LARGE: "x".repeat(32 * 1024) } };
  let sent = 0;
  while (session?.outbox.send({ $case: "runJob", value })) {
    sent += 1;
    expect(sent).toBeLessThan(2 * limits.outboxMessagesMax);
    if (sent % 32 === 0) await expectServes(beside);
  }
  expect(sent).toBeGreaterThan(0);
  expect(gateway.hub.sessions.get(worker.workerId)).toBeUndefined();
  await until("it is given no runs", async () => {
    const { gateway_id } = await gateway.workerRow(worker.workerId);
    return gateway_id === null;
  });
  const runId = await gateway.submit();
  expect((await beside.control.take()).jobId).toBe(runId);
  // It reads again: it learns that it was cut off, and comes back.
  let status: unknown;
  deaf.on("trailers", (trailers) => {
    status = trailers["grpc-status"];
  });
  deaf.resume();
  await until("the end arrives", () => status === "0");
  worker.open();
  await expectServes(worker);
});

test("a flood of messages does not keep others from being served", async () => {
  const gateway = await startGateway();
  const [worker, beside] = [await gateway.readyWorker(), await gateway.readyWorker()];
  const runId = await gateway.submit({ command: ["true"] });
  const holder = await Promise.race([
    worker.control.command().then(() => worker),
    beside.control.command().then(() => beside),
  ]);
  const flooding = holder === worker ? beside : worker;
  for (let n = 0; n < 3_000; n += 1)
    flooding.control.accept({ executionId: crypto.randomUUID(), fence: 1 });
  const command = await holder.control.take();
  await holder.control.verdict(holder.control.result(command));
  expect((await gateway.run(runId)).phase).toBe("Succeeded");
});

test("garbage instead of HTTP/2 and connections cut in the middle leave it serving", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  for (const bytes of ["GET / HTTP/1.1\r\n\r\n", "\u0000".repeat(1000), ""]) {
    const socket = dial(gateway.port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise<void>((resolve) => socket.write(bytes || "PRI", () => resolve()));
    socket.destroy();
  }
  await expectServes(worker);
});

test("a ninth stream on one connection waits until one of the eight ends", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  // Of several workers, each with as many as one may have, over the connection of the first.
  const count = limits.streamsPerConnectionMax - 1;
  const others = Math.ceil(count / limits.workerLogStreamsMax) - 1;
  const more = await Promise.all(Array.from({ length: others }, () => gateway.readyWorker()));
  const owners = [worker, ...more];
  const logs = Array.from({ length: count }, (_, n) =>
    worker.openLogs(owners[n % owners.length]?.metadata),
  );
  const registering = worker.register();
  let answered = false;
  void registering.then(() => {
    answered = true;
  });
  for (let n = 0; n < 3; n += 1) await expectServes(worker);
  expect(answered).toBe(false);
  logs[0]?.call.end();
  expect((await registering).success).toBe(true);
});

test("a stream that says nothing with no credential is not kept for ever", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  const stream = worker.open(new Metadata());
  stream.call.end();
  expect(await stream.endCode()).toBe("OK");
  expect(gateway.hub.sessions.size).toBe(0);
});
