import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { RegisterWorkerRequest } from "#proto/hodei.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { grpcFrame, grpcHeaders, rawCall, rawConnection } from "../../support/raw-grpc.ts";
import type { ScriptedWorker } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

const QUICK = { requestWithinMs: 400, connectionIdleMs: 600 };

const REGISTER = "/hodei.WorkerAgentService/Register";
const HEALTH = "/grpc.health.v1.Health/Check";
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** An HTTP/2 frame of a stream. */
function http2Frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
const SETTINGS = http2Frame(4, 0, 0, Buffer.alloc(0));
/** `:method: POST` of a header block that does not say that it ends. */
const UNFINISHED_HEADERS = http2Frame(1, 0, 1, Buffer.from([0x83]));

interface Peer {
  readonly socket: Socket;
  closed: boolean;
}

async function dial(port: number): Promise<Peer> {
  const socket = connect(port, "127.0.0.1");
  const peer: Peer = { socket, closed: false };
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  socket.resume();
  socket.on("close", () => {
    peer.closed = true;
  });
  await once(socket, "connect");
  return peer;
}

async function expectServes(worker: ScriptedWorker): Promise<void> {
  expect((await worker.control.beatUntilAnswered()).$case).toBe("heartbeatAck");
}

/** A worker and a client that go on beside; the answer says that both were served all the while. */
async function besideOthers(gateway: GatewayFixture, work: () => Promise<unknown>): Promise<void> {
  const worker = await gateway.readyWorker();
  const { stream } = worker;
  let isOver = false;
  const served = (async () => {
    while (!isOver) await expectServes(worker);
  })();
  await work().finally(() => {
    isOver = true;
  });
  await served;
  expect(stream?.ended).toBeNull();
  const runId = await gateway.submit();
  expect((await worker.control.take()).jobId).toBe(runId);
}

const ASKING_NOTHING: Readonly<Record<string, readonly Buffer[]>> = {
  "says nothing": [],
  "does not finish the preface": [Buffer.from(PREFACE.slice(0, 10))],
  "says who it is and asks for nothing": [Buffer.from(PREFACE), SETTINGS],
  "never finishes its headers": [Buffer.from(PREFACE), SETTINGS, UNFINISHED_HEADERS],
};

test("a connection that asks for nothing is closed in time, others go on", async () => {
  const gateway = await startGateway({ timings: QUICK });
  await besideOthers(gateway, async () => {
    const closed = Object.entries(ASKING_NOTHING).map(async ([what, bytes]) => {
      const peer = await dial(gateway.port);
      for (const part of bytes) peer.socket.write(part);
      await until(`who ${what} is closed`, () => peer.closed, 5_000);
    });
    await Promise.all(closed);
  });
});

test("a byte now and then keeps no connection open", async () => {
  const gateway = await startGateway({ timings: QUICK });
  const peer = await dial(gateway.port);
  let at = 0;
  const whole = Buffer.concat([Buffer.from(PREFACE), SETTINGS, UNFINISHED_HEADERS]);
  const dripping = setInterval(() => {
    at += 1;
    peer.socket.write(whole.subarray(at - 1, at));
  }, 20);
  onTestFinished(() => clearInterval(dripping));
  await until("it is closed", () => peer.closed, 5_000);
  expect(at).toBeLessThan(whole.length);
});

const UNFINISHED: Readonly<Record<string, Buffer | null>> = {
  "no message": null,
  "half a prefix": Buffer.from([0, 0]),
  "half a message": grpcFrame(Buffer.alloc(3), { length: 100 }),
  "no end": grpcFrame(RegisterWorkerRequest.encode(RegisterWorkerRequest.create()).finish()),
};

test("a registration that never completes is ended in time, and its connection closed", async () => {
  const gateway = await startGateway({ timings: QUICK });
  await besideOthers(gateway, async () => {
    const ended = Object.entries(UNFINISHED).map(async ([what, body]) => {
      const session = rawConnection(gateway.port);
      const { status } = await rawCall(session, REGISTER, body, { end: false });
      expect(["4", null]).toContain(status); // DEADLINE_EXCEEDED, or the whole connection
      await until(`who sends ${what} is closed`, () => session.destroyed, 5_000);
    });
    await Promise.all(ended);
  });
});

test("requests that never come are answered, and count as no calls of their connection", async () => {
  const gateway = await startGateway({ timings: QUICK });
  const session = rawConnection(gateway.port);
  const { status } = await rawCall(session, HEALTH, grpcFrame(Buffer.alloc(0)));
  expect(status).toBe("0");
  const open = Array.from({ length: limits.streamsPerConnectionMax }, () =>
    rawCall(session, REGISTER, Buffer.from([0]), { end: false }),
  );
  for (const { status } of await Promise.all(open)) expect(status).toBe("4"); // DEADLINE_EXCEEDED
  await until("it is closed as idle", () => session.destroyed, 5_000);
});

test("a connection that was served once is closed when it asks for nothing more", async () => {
  const gateway = await startGateway({ timings: QUICK });
  const session = rawConnection(gateway.port);
  for (let n = 0; n < 3; n += 1)
    expect((await rawCall(session, HEALTH, grpcFrame(Buffer.alloc(0)))).status).toBe("0");
  expect(session.destroyed).toBe(false);
  await until("it is closed", () => session.destroyed, 5_000);
});

test("a worker's stream is no idle connection, however silent", async () => {
  const gateway = await startGateway({ timings: QUICK });
  const worker = await gateway.readyWorker();
  const beside = rawConnection(gateway.port);
  await rawCall(beside, HEALTH, grpcFrame(Buffer.alloc(0)));
  await until("an idle one beside it was closed", () => beside.destroyed, 5_000);
  expect(worker.control.ended).toBeNull();
  await expectServes(worker);
});

test("half-open connections are bounded in number, and who was there first goes on", async () => {
  const max = 20;
  const gateway = await startGateway({
    timings: { ...QUICK, requestWithinMs: 1_500 },
    connectionsMax: max,
  });
  await besideOthers(gateway, async () => {
    const peers = await Promise.all(Array.from({ length: 3 * max }, () => dial(gateway.port)));
    await until("those beyond are closed", () => peers.filter((it) => it.closed).length > max);
    expect(gateway.server.connections.open).toBeLessThanOrEqual(max);
    await until("the silent are closed", () => peers.every(({ closed }) => closed), 10_000);
    const late = rawConnection(gateway.port);
    expect((await rawCall(late, HEALTH, grpcFrame(Buffer.alloc(0)))).status).toBe("0");
  });
  const said = gateway.logLines.filter((line) => line.includes("too many connections"));
  expect(said).toHaveLength(1);
});

test("streams that are opened and given up a thousand times cost nothing that stays", async () => {
  const gateway = await startGateway();
  await besideOthers(gateway, async () => {
    for (let n = 0; n < 1_000; n += 1) {
      const session = rawConnection(gateway.port);
      const open = Array.from({ length: 50 }, () =>
        session.request(grpcHeaders("/hodei.WorkerAgentService/WorkerStream") as never),
      );
      for (const stream of open) stream.on("error", () => {});
      await Promise.all(open.map((stream) => once(stream, "ready").catch(() => {})));
      session.destroy();
      n += open.length - 1;
    }
    await until("they are gone", () => gateway.server.connections.open === 1);
    expect(gateway.hub.sessions.size).toBe(1);
  });
});
