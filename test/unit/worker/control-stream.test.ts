import { EventEmitter } from "node:events";
import { Metadata, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ServerMessage, WorkerAgentServiceClient, WorkerMessage } from "#proto/hodei.ts";
import { ControlStream } from "../../../worker/control-stream.ts";

/** The call and the client as far as a control stream uses them. */
class FakeCall extends EventEmitter {
  written: WorkerMessage[] = [];
  ended = false;
  cancelled = false;
  closed = false;
  write = (message: WorkerMessage) => this.written.push(message) > 0;
  end = () => {
    this.ended = true;
  };
  cancel = () => {
    this.cancelled = true;
  };
}

let call: FakeCall;
let stream: ControlStream;
let ends: string[];
let leases: number[];
const heartbeat: WorkerMessage = { payload: undefined };

beforeEach(() => {
  vi.useFakeTimers();
  call = new FakeCall();
  ends = [];
  leases = [];
  const client = {
    workerStream: () => call,
    close: () => {
      call.closed = true;
    },
  } as unknown as WorkerAgentServiceClient;
  stream = new ControlStream({
    client,
    metadata: new Metadata(),
    heartbeatPeriodMs: 10_000,
    heartbeat: () => heartbeat,
    onMessage: () => undefined,
    onLease: (sentAt) => leases.push(sentAt),
    onEnd: (code, details) => ends.push(`${status[code]} ${details}`),
  });
});
afterEach(() => {
  stream.close();
  vi.useRealTimers();
});

const say = (payload: ServerMessage["payload"]) => call.emit("data", { payload });
const answer = () =>
  say({ $case: "heartbeatAck", value: { leaseMs: 45_000, lostExecutionIds: [] } });
const keepAlive = () => say({ $case: "keepAlive", value: {} });

test("beats at once and then every period", () => {
  expect(call.written).toHaveLength(1);
  for (let beats = 2; beats < 6; beats++) {
    answer();
    vi.advanceTimersByTime(11_000);
    expect(call.written.length).toBeGreaterThanOrEqual(beats);
  }
  expect(call.written.length).toBeLessThanOrEqual(6);
});

test("an answer renews from the sending of the heartbeat it answers", () => {
  const first = performance.now();
  vi.advanceTimersByTime(11_000);
  expect(call.written).toHaveLength(2);
  answer();
  answer();
  answer(); // answers nothing
  expect(leases).toHaveLength(2);
  expect(leases[0]).toBe(first);
  expect(leases[1]).toBeGreaterThanOrEqual(first + 9_000);
});

test("silence for 35 s ends the stream and cuts the connection", () => {
  vi.advanceTimersByTime(11_000);
  answer();
  answer();
  vi.advanceTimersByTime(20_000);
  answer();
  answer();
  expect(ends).toEqual([]);
  vi.advanceTimersByTime(35_001);
  expect(ends).toHaveLength(1);
  expect([call.cancelled, call.closed]).toEqual([true, true]);
});

test("a gateway that talks but leaves a heartbeat unanswered loses the stream before the lease ends", () => {
  for (let second = 0; second < 39 && ends.length === 0; second++) {
    keepAlive();
    vi.advanceTimersByTime(1_000);
  }
  expect(ends).toEqual(["CANCELLED heartbeats are not answered"]);
});

test("the end of the call is told once, and nothing is written after it", () => {
  call.emit("error", new Error("14 UNAVAILABLE"));
  call.emit("status", { code: status.UNAVAILABLE, details: "gone", metadata: new Metadata() });
  call.emit("status", { code: status.OK, details: "", metadata: new Metadata() });
  expect(ends).toEqual(["UNAVAILABLE gone"]);
  const { length } = call.written;
  stream.send(heartbeat);
  vi.advanceTimersByTime(60_000);
  expect(call.written).toHaveLength(length);
});

test("a stream that is left in order ends its side first and tells nobody", () => {
  stream.close();
  expect([call.ended, call.cancelled]).toEqual([true, false]);
  answer();
  vi.advanceTimersByTime(1_000);
  expect(call.cancelled).toBe(true);
  expect([ends, leases]).toEqual([[], []]);
});
