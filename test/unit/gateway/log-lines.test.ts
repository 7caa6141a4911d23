import { describe, expect, it } from "vitest";
import type { LogPiece } from "#core/ports/run-reader.ts";
import { LogLines } from "../../../gateway/log-lines.ts";

let seq = 0;
const piece = (text: string | Uint8Array, change: Partial<LogPiece> = {}): LogPiece => {
  seq += 1;
  const data = typeof text === "string" ? Buffer.from(text) : text;
  return {
    ...{ attempt: 1, seq, stream: "stdout", at: seq, data, truncated: null, gap: null },
    ...change,
  };
};
const texts = (lines: readonly { text: string }[]) => lines.map(({ text }) => text);

describe("pieces of output", () => {
  it("become lines with numbers from 1, over both streams", () => {
    const cutter = new LogLines();
    const first = cutter.add(piece("a\nb\n"));
    const second = cutter.add(piece("c\n", { stream: "stderr", at: 7 }));
    expect(
      [...first, ...second].map(({ sequence, text, stderr }) => [sequence, text, stderr]),
    ).toEqual([
      [1, "a", false],
      [2, "b", false],
      [3, "c", true],
    ]);
    expect(second[0]?.at).toBe(7);
    expect(cutter.isBetweenLines).toBe(true);
  });

  it("of one line are put together, also with the other stream between and a letter cut in two", () => {
    const cutter = new LogLines(10);
    const euro = Buffer.from("€");
    expect(cutter.add(piece("the "))).toEqual([]);
    expect(cutter.add(piece(euro.subarray(0, 1), { at: 3 }))).toEqual([]);
    expect(cutter.isBetweenLines).toBe(false);
    expect(texts(cutter.add(piece("x\n", { stream: "stderr" })))).toEqual(["x"]);
    const [line] = cutter.add(piece(Buffer.concat([euro.subarray(1), Buffer.from("\n")])));
    expect(line).toMatchObject({ sequence: 12, text: "the €", stderr: false });
  });

  it("keep empty lines", () => {
    expect(texts(new LogLines().add(piece("\n\na\n")))).toEqual(["", "", "a"]);
  });

  it("that end without a newline are a line when the attempt is over, or all is", () => {
    const cutter = new LogLines();
    expect(cutter.add(piece("half"))).toEqual([]);
    expect(texts(cutter.add(piece("next\n", { attempt: 2 })))).toEqual(["half", "next"]);
    cutter.add(piece("out", { attempt: 2 }));
    cutter.add(piece("err", { attempt: 2, stream: "stderr" }));
    expect(texts(cutter.end())).toEqual(["out", "err"]);
    expect(cutter.end()).toEqual([]);
    expect(cutter.count).toBe(4);
  });

  it("of a line without end are cut where any reader would cut them", () => {
    const long = Buffer.alloc(150 * 1024, "x");
    const cut = (size: number) => {
      const cutter = new LogLines();
      const lines = [];
      for (let at = 0; at < long.length; at += size)
        lines.push(...cutter.add(piece(long.subarray(at, at + size))));
      return [...lines, ...cutter.add(piece("\n"))].map(({ text }) => text.length);
    };
    expect(cut(16 * 1024)).toEqual([65_536, 65_536, 22_528]);
    expect(cut(7_000)).toEqual(cut(16 * 1024));
  });

  it("that were dropped are one line, behind what was begun", () => {
    const cutter = new LogLines();
    cutter.add(piece("begun"));
    const truncated = { droppedBytes: 5, droppedLines: 2 };
    const lines = cutter.add(piece("", { truncated, stream: "stderr" }));
    expect(texts(lines)).toEqual([
      "begun",
      "[hodei] 5 bytes (2 lines) of output were dropped here",
    ]);
  });
});
