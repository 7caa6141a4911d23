import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogRing, type OutputChunk } from "../../../worker/log-ring.ts";

const AT = new Date(0);
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const ringOf = (limits: Partial<{ ringBytesMax: number; logBytesMax: number }> = {}) =>
  new LogRing("e1", 3, { ringBytesMax: 1_000, logBytesMax: 1_000_000, ...limits });

function takeAll(ring: LogRing): OutputChunk[] {
  const chunks: OutputChunk[] = [];
  for (let chunk = ring.next(); chunk !== null; chunk = ring.next()) chunks.push(chunk);
  return chunks;
}

const step = fc.oneof(
  fc.record({ kind: fc.constant("append" as const), stderr: fc.boolean(), size: fc.nat(50) }),
  fc.record({ kind: fc.constant("send" as const) }),
  fc.record({
    kind: fc.constant("acknowledge" as const),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({ kind: fc.constant("rewind" as const) }),
);

describe("LogRing", () => {
  test("under any course: numbers without a hole, everything unacknowledged sent in order", () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const ring = ringOf();
        let acknowledged = 0;
        let lastSent = 0;
        for (const each of steps) {
          if (each.kind === "append" && each.size > 0) {
            ring.append(each.stderr, new Uint8Array(each.size), AT);
          } else if (each.kind === "send") {
            const chunk = ring.next();
            if (chunk !== null) {
              expect(chunk.seq).toBe(Math.max(lastSent, acknowledged) + 1);
              lastSent = chunk.seq;
            } else expect(Math.max(lastSent, acknowledged)).toBe(ring.lastSeq);
          } else if (each.kind === "acknowledge") {
            const seq = Math.floor(each.share * lastSent);
            ring.acknowledge(seq);
            acknowledged = Math.max(acknowledged, seq);
          } else if (each.kind === "rewind") {
            ring.rewind();
            lastSent = acknowledged;
          }
          expect(ring.drained).toBe(acknowledged === ring.lastSeq);
          expect(ring.bytes > 0).toBe(!ring.drained);
        }
        ring.rewind();
        const rest = takeAll(ring).map((it) => it.seq);
        expect(rest).toEqual(rest.map((_, index) => acknowledged + 1 + index));
        expect(rest.at(-1) ?? acknowledged).toBe(ring.lastSeq);
      }),
    );
  });

  test("kept and dropped bytes and lines add up to what came in", () => {
    const piece = fc.string({ unit: fc.constantFrom("a", "\n", "é"), maxLength: 40 });
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 1, max: 200 }), (pieces, logBytesMax) => {
        const ring = ringOf({ logBytesMax });
        for (const each of pieces) ring.append(false, bytes(each), AT);
        ring.close(AT);
        const all = Buffer.from(pieces.join(""));
        const chunks = takeAll(ring);
        const kept = Buffer.concat(chunks.map((it) => it.data));
        const dropped = all.subarray(kept.length);
        expect(kept.length).toBeLessThanOrEqual(logBytesMax);
        expect(kept).toEqual(all.subarray(0, kept.length));
        const records = chunks.flatMap((it) => (it.truncated === null ? [] : [it.truncated]));
        const lines = dropped.toString("latin1").split("\n");
        const droppedLines = lines.length - (lines.at(-1) === "" ? 1 : 0);
        const expected = { droppedBytes: dropped.length, droppedLines };
        expect(records).toEqual(dropped.length === 0 ? [] : [expected]);
      }),
    );
  });

  test("is full by bytes, also when chunks are tiny, and has room after acknowledgement", () => {
    const ring = ringOf({ ringBytesMax: 10_000 });
    while (!ring.full) ring.append(false, bytes("x"), AT);
    expect(ring.lastSeq).toBeLessThan(100);
    ring.acknowledge(10);
    expect(ring.full).toBe(false);
  });

  test("nothing counts once the other side wants none of it", () => {
    const ring = ringOf({ ringBytesMax: 10 });
    ring.append(false, bytes("some output"), AT);
    expect(ring.full).toBe(true);
    ring.refuse();
    ring.append(true, bytes("and more"), AT);
    expect([ring.full, ring.drained, ring.next(), ring.lastSeq]).toEqual([false, true, null, 2]);
  });

  test("an old acknowledgement changes nothing", () => {
    const ring = ringOf();
    for (const text of ["a", "b", "c"]) ring.append(false, bytes(text), AT);
    ring.acknowledge(2);
    ring.acknowledge(1);
    expect(takeAll(ring).map((it) => it.seq)).toEqual([3]);
  });
});
