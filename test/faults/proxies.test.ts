import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { credentials, Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type ServerMessage,
  WorkerAgentServiceClient,
  WorkerAgentServiceService,
} from "#proto/hodei.ts";
import type { TappedMessage } from "../history/stream-messages.ts";
import { until } from "../support/until.ts";
import { startGrpcProxy } from "./grpc-proxy.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

/** Says back what it hears. */
async function startEcho() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function startLine() {
  const proxy = await startTcpProxy(await startEcho());
  onTestFinished(() => proxy.close());
  const socket = connect(proxy.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let heard = "";
  let error: NodeJS.ErrnoException | null = null;
  socket.on("data", (data) => (heard += data));
  socket.on("error", (one) => (error = one));
  await once(socket, "connect");
  return { proxy, socket, heard: () => heard, error: () => error };
}

describe("the proxy of bytes", () => {
  test("passes everything on, also in slices", async () => {
    const { proxy, socket, heard } = await startLine();
    proxy.toxics({ sliceBytes: 3 });
    socket.write("a whole line of text");
    await until("it came back", () => heard() === "a whole line of text");
  });

  test("holds what is said until it is released, in order", async () => {
    const { proxy, socket, heard } = await startLine();
    proxy.hold("down");
    socket.write("first ");
    socket.write("second");
    const other = connect(proxy.port, "127.0.0.1"); // what comes later is held as well
    await once(other, "connect");
    expect(heard()).toBe("");
    other.destroy();
    proxy.release();
    await until("it came back", () => heard() === "first second");
  });

  test("resets, refuses, and takes connections again on the same port", async () => {
    const { proxy, error } = await startLine();
    await proxy.down();
    await until("the client was reset", () => error()?.code === "ECONNRESET");
    const refused = connect(proxy.port, "127.0.0.1");
    const [reason] = (await once(refused, "error")) as [NodeJS.ErrnoException];
    expect(reason.code).toBe("ECONNREFUSED");
    await proxy.up();
    const again = connect(proxy.port, "127.0.0.1");
    await once(again, "connect");
    again.destroy();
  });
});

/** A gateway that answers every accept with `start` of the same execution, and every registration. */
async function startWire() {
  const server = new Server();
  server.addService(WorkerAgentServiceService, {
    register: (_call: unknown, answer: (error: null, value: object) => void) =>
      answer(null, {
        success: true,
        message: "",
        sessionId: "s",
        heartbeatPeriodMs: 1,
        leaseMs: 3,
      }),
    workerStream: (call: NodeJS.EventEmitter & { write(message: object): void; end(): void }) => {
      call.on("data", ({ payload }: { payload: { value: object } }) => {
        call.write({ payload: { $case: "start", value: payload.value } });
      });
      call.on("end", () => call.end());
    },
  } as never);
  const entries: TappedMessage[] = [];
  const proxy = await startGrpcProxy((entry) => entries.push(entry));
  proxy.targetPort = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
  const client = new WorkerAgentServiceClient(
    ...([`127.0.0.1:${proxy.port}`, credentials.createInsecure()] as const),
  );
  onTestFinished(() => {
    client.close();
    proxy.close();
    server.forceShutdown();
  });
  return { proxy, client, entries };
}

/** Sends accepts 1…n on one stream and answers the numbers that came back. */
async function exchange(client: WorkerAgentServiceClient, n: number, answers: number) {
  const metadata = new Metadata();
  metadata.set("hodei-worker-id", "w");
  const call = client.workerStream(metadata);
  const heard: number[] = [];
  call.on("data", ({ payload }: ServerMessage) => {
    if (payload?.$case === "start") heard.push(Number(payload.value.executionId));
  });
  let ended: number | null = null;
  call.on("error", () => {});
  call.on("status", ({ code }) => (ended = code));
  for (let at = 1; at <= n; at++)
    call.write({ payload: { $case: "accept", value: { executionId: String(at), fence: 1 } } });
  await until("the answers came", () => heard.length >= answers || ended !== null);
  if (ended === null) call.end();
  await until("the stream is over", () => ended !== null);
  return { heard, ended };
}

const REQUEST = { authToken: "t", sessionId: "", protocolVersion: 1, sessionSha256: "" };

describe("the proxy of messages", () => {
  const any = { method: "/WorkerStream", times: 1, matches: () => true } as const;

  test("passes calls on and shows every message, decoded", async () => {
    const { client, entries } = await startWire();
    expect(await exchange(client, 3, 3)).toEqual({ heard: [1, 2, 3], ended: status.OK });
    expect(entries.map(({ direction }) => direction).sort()).toEqual([
      ...["down", "down", "down", "up", "up", "up"],
    ]);
    expect(new Set(entries.map(({ stream }) => stream)).size).toBe(1);
    expect(entries.find(({ direction }) => direction === "up")?.message).toMatchObject({
      payload: { $case: "accept", value: { executionId: "1" } },
    });
  });

  test.each([
    ["drop", "up", 2, [2, 3]],
    ["duplicate", "up", 4, [1, 1, 2, 3]],
    ["reorder", "up", 3, [2, 1, 3]],
    ["duplicate", "down", 4, [1, 1, 2, 3]],
  ] as const)("can %s a message on its way %s", async (kind, direction, answers, wanted) => {
    const { proxy, client } = await startWire();
    proxy.inject({ ...any, fate: { kind }, direction });
    expect((await exchange(client, 3, answers)).heard).toEqual(wanted);
  });

  test("can lose an answer together with its call", async () => {
    const { proxy, client } = await startWire();
    proxy.inject({ ...any, method: "/Register", fate: { kind: "lose" }, direction: "down" });
    const register = () =>
      new Promise<number | null>((resolve) => {
        client.register(REQUEST, (error) => resolve(error?.code ?? null));
      });
    expect(await register()).toBe(status.UNAVAILABLE);
    expect(await register()).toBeNull();
  });
});
