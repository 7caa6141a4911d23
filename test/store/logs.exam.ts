import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { LogRecord } from "#core/ports/control-store.ts";
import type { Held } from "../support/store-scene.ts";
import { exam, refused, unchanged } from "./exam.ts";

export const chunk = (held: Held, seq: number, change: Partial<LogRecord> = {}): LogRecord => ({
  executionId: held.executionId,
  fence: held.fence,
  workerId: held.workerId,
  seq,
  stderr: seq % 2 === 0,
  atMs: 1_700_000_000_123,
  data: Buffer.from(`line ${seq}\n`),
  droppedBytes: null,
  droppedLines: null,
  ...change,
});

export const logs = exam({
  "chunks are stored byte for byte, once each": async (at) => {
    const held = await at.running();
    const binary = Buffer.from([0, 255, 10, 13, 128]);
    const chunks = [chunk(held, 1, { data: binary }), chunk(held, 2)];
    expect(await at.store.appendLogs(chunks)).toEqual([
      { executionId: held.executionId, runId: held.runId, seq: 2 },
    ]);
    const again = await unchanged(at, () => at.store.appendLogs(chunks));
    expect(again).toMatchObject([{ seq: 2 }]);
    expect(await at.tables.rows("select * from hodei.log_chunk order by seq")).toMatchObject([
      { run_id: held.runId, fence: 1, seq: 1, is_stderr: false, data: "\\x00ff0a0d80" },
      { seq: 2, is_stderr: true, at: "2023-11-14T22:13:20.123+00:00" },
    ]);
  },

  "a chunk sent again with other bytes keeps the first": async (at) => {
    const held = await at.running();
    await at.store.appendLogs([chunk(held, 1)]);
    await unchanged(at, () => at.store.appendLogs([chunk(held, 1, { data: Buffer.from("x") })]));
  },

  "one batch with a chunk twice stores it once": async (at) => {
    const held = await at.running();
    await at.store.appendLogs([chunk(held, 1), chunk(held, 1), chunk(held, 2)]);
    expect(await at.tables.rows("select seq from hodei.log_chunk")).toHaveLength(2);
  },

  "refused: chunks of strangers": async (at) => {
    const held = await at.running();
    for (const change of [{ workerId: randomUUID() }, { fence: 2 }, { executionId: randomUUID() }])
      await refused(at, () => at.store.appendLogs([chunk(held, 1, change)]));
  },

  "a batch of many workers stores what is theirs": async (at) => {
    const [mine, other] = [await at.running(), await at.running()];
    const stored = await at.store.appendLogs([
      chunk(mine, 1),
      chunk(other, 1),
      chunk(other, 2, { workerId: mine.workerId }),
    ]);
    expect(new Map(stored.map((row) => [row.runId, row.seq]))).toEqual(
      new Map([
        [mine.runId, 1],
        [other.runId, 1],
      ]),
    );
    expect(await at.tables.rows("select seq from hodei.log_chunk")).toHaveLength(2);
  },

  "the last chunks may come after the end, and after the loss": async (at) => {
    const held = await at.running();
    await at.report(held);
    expect(await at.store.appendLogs([chunk(held, 1)])).toHaveLength(1);
    const lost = await at.running();
    await at.lapse();
    expect(await at.store.appendLogs([chunk(lost, 1)])).toHaveLength(1);
  },

  "pages are cut by bytes, hold at least one chunk, and go on where they ended": async (at) => {
    const held = await at.running();
    const data = Buffer.alloc(1_000, "x");
    await at.store.appendLogs([1, 2, 3].map((seq) => chunk(held, seq, { data })));
    const start = { attempt: 0, seq: 0 };
    const small = await at.reader.logs(held.runId, start, 1);
    expect(small).toMatchObject({ next: { attempt: 1, seq: 1 }, complete: false });
    const two = await at.reader.logs(held.runId, start, 2_500);
    expect(two.pieces.map(({ seq }) => seq)).toEqual([1, 2]);
    const rest = await at.reader.logs(held.runId, two.next, 2_500);
    expect(rest.pieces.map(({ seq }) => seq)).toEqual([3]);
    const none = await at.reader.logs(held.runId, rest.next, 2_500);
    expect(none).toEqual({ pieces: [], next: rest.next, complete: false });
  },

  "a piece tells its stream, its time, its bytes and what was left out": async (at) => {
    const held = await at.running();
    await at.store.appendLogs([
      chunk(held, 1),
      chunk(held, 2, { data: Buffer.alloc(0), droppedBytes: 7_000_000_000, droppedLines: 3 }),
    ]);
    const { pieces } = await at.reader.logs(held.runId, { attempt: 0, seq: 0 }, 9_999);
    expect(pieces.map(({ data, ...piece }) => ({ ...piece, text: String(data) }))).toEqual([
      {
        ...{ attempt: 1, seq: 1, stream: "stdout", at: 1_700_000_000_123 },
        ...{ text: "line 1\n", truncated: null, gap: null },
      },
      {
        ...{ attempt: 1, seq: 2, stream: "stderr", at: 1_700_000_000_123, text: "" },
        ...{ truncated: { droppedBytes: 7_000_000_000, droppedLines: 3 }, gap: null },
      },
    ]);
  },

  "logs are complete when the announced last chunk of the newest attempt was read": async (at) => {
    const held = await at.running();
    await at.store.appendLogs([chunk(held, 1)]);
    const read = (seq: number) => at.reader.logs(held.runId, { attempt: 1, seq }, 9_999);
    expect((await read(0)).complete).toBe(false);
    await at.store.recordResults([{ ...(await at.resultOf(held)), logLastSeq: 2 }]);
    expect((await read(0)).complete).toBe(false);
    await at.store.appendLogs([chunk(held, 2)]);
    expect((await read(0)).complete).toBe(true);
    expect((await read(2)).complete).toBe(true);
  },

  "output of a job that said nothing is complete with its end": async (at) => {
    const held = await at.running();
    await at.store.recordResults([{ ...(await at.resultOf(held)), logLastSeq: 0 }]);
    expect((await at.reader.logs(held.runId, { attempt: 0, seq: 0 }, 9_999)).complete).toBe(true);
  },

  "without an announced end logs are complete when nothing came for a while": async (at) => {
    const held = await at.running({ spec: { infrastructureLimit: 0 } });
    await at.store.appendLogs([chunk(held, 1)]);
    await at.lapse();
    const last = { attempt: 1, seq: 1 };
    expect((await at.reader.logs(held.runId, last, 9_999)).complete).toBe(false);
    await at.tables.advance(10_000);
    expect((await at.reader.logs(held.runId, last, 9_999)).complete).toBe(true);
  },

  "a run that never started has complete logs when it is final, nobody's never": async (at) => {
    const runId = await at.submit();
    const read = (id: string) => at.reader.logs(id, { attempt: 0, seq: 0 }, 9_999);
    expect((await read(runId)).complete).toBe(false);
    await at.cancel(runId);
    expect((await read(runId)).complete).toBe(true);
    expect(await read(randomUUID())).toMatchObject({ pieces: [], complete: false });
  },
});
