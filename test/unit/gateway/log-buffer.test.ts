import { expect, test } from "vitest";
import type { LogRecord } from "#core/ports/control-store.ts";
import { LogBuffer, type LogBufferEvents, type LogRoom } from "../../../gateway/log-buffer.ts";

const record = (seq: number, bytes: number): LogRecord => ({
  executionId: "e",
  fence: 1,
  workerId: "w",
  seq,
  stderr: false,
  atMs: 0,
  data: new Uint8Array(bytes),
  droppedBytes: null,
  droppedLines: null,
});

/** A buffer whose writes wait for the test. */
function held(room?: LogRoom) {
  const parts: (readonly LogRecord[])[] = [];
  const gates: PromiseWithResolvers<ReadonlySet<string>>[] = [];
  const written: number[] = [];
  const failed: number[] = [];
  const store = (part: readonly LogRecord[]) => {
    parts.push(part);
    const gate = Promise.withResolvers<ReadonlySet<string>>();
    gates.push(gate);
    return gate.promise;
  };
  const events: LogBufferEvents = {
    onWritten: (part) => written.push(...part.map(({ seq }) => seq)),
    onFailed: (part) => failed.push(...part.map(({ seq }) => seq)),
  };
  const buffer = new LogBuffer(store, events, room);
  return { buffer, parts, gates, written, failed };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("one write at a time; what arrives meanwhile follows in order", async () => {
  const { buffer, parts, gates, written } = held();
  buffer.add(record(1, 10));
  buffer.add(record(2, 10));
  await settle();
  buffer.add(record(3, 10));
  buffer.add(record(4, 10));
  await settle();
  expect(parts.map((part) => part.map(({ seq }) => seq))).toEqual([[1, 2]]);
  gates[0]?.resolve(new Set(["e"]));
  await settle();
  gates[1]?.resolve(new Set(["e"]));
  await buffer.settled();
  expect(parts.map((part) => part.map(({ seq }) => seq))).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(written).toEqual([1, 2, 3, 4]);
});

test("no write is larger than one stream's share, but a single chunk always goes", async () => {
  const { buffer, parts, gates } = held();
  for (let seq = 1; seq <= 20; seq += 1) buffer.add(record(seq, 16 * 1024));
  buffer.add(record(21, 200 * 1024));
  for (let call = 0; call < 4; call += 1) {
    await settle();
    gates[call]?.resolve(new Set());
  }
  await buffer.settled();
  expect(parts.map((part) => part.length)).toEqual([7, 7, 6, 1]);
});

test("it is full at half a MiB of data and has room again once that is written", async () => {
  const { buffer, gates } = held();
  let chunks = 0;
  while (!buffer.full) {
    chunks += 1;
    buffer.add(record(chunks, 16 * 1024));
  }
  expect(chunks).toBe(32);
  await settle();
  gates[0]?.resolve(new Set());
  await settle();
  expect(buffer.full).toBe(false);
});

test("chunks without data fill it as well", () => {
  const { buffer } = held();
  let chunks = 0;
  while (!buffer.full && chunks < 10_000) {
    chunks += 1;
    buffer.add(record(chunks, 0));
  }
  expect(chunks).toBeLessThan(3_000);
});

test("a failed write gives its room back, and the next one comes", async () => {
  const { buffer, gates, written, failed } = held();
  buffer.add(record(1, 10));
  await settle();
  buffer.add(record(2, 10));
  gates[0]?.reject(new Error("the database is away"));
  await settle();
  gates[1]?.resolve(new Set(["e"]));
  await buffer.settled();
  expect({ written, failed }).toEqual({ written: [2], failed: [1] });
});

test("all together are bounded, and whoever holds nothing goes on", async () => {
  const room = { bytes: 64 * 1024 * 1024 }; // others hold so much
  const { buffer, gates } = held(room);
  expect(buffer.full).toBe(false);
  buffer.add(record(1, 10));
  expect(buffer.full).toBe(true);
  await settle();
  gates[0]?.reject(new Error("gone"));
  await buffer.settled();
  expect(buffer.full).toBe(false);
  expect(room.bytes).toBe(64 * 1024 * 1024);
});

test("what nobody waits for any more is not written behind a write that failed", async () => {
  const { buffer, parts, gates, failed } = held();
  buffer.add(record(1, 10));
  await settle();
  buffer.add(record(2, 10));
  gates[0]?.reject(new Error("the database is away"));
  buffer.abandon();
  await buffer.settled();
  expect({ parts: parts.length, failed, full: buffer.full }).toEqual({
    ...{ parts: 1, failed: [1], full: false },
  });
});
