import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { characterCut, LineChunker } from "../../../worker/line-chunker.ts";

/** Bytes that are sometimes text with many line ends, sometimes anything. */
const someBytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ unit: fc.constantFrom("a", "\n", "é", "€", "😀"), maxLength: 200 }).map(utf8),
);

function utf8(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf8"));
}

type Take = "takeLines" | "takePart" | "takeAll";
const step = fc.oneof(
  someBytes.map((data) => ({ data })),
  fc.constantFrom<Take>("takeLines", "takePart", "takeAll").map((take) => ({ take })),
);

describe("LineChunker", () => {
  test("what goes in comes out, in pieces of bounded size", () => {
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 1, max: 64 }), (steps, bytesMax) => {
        const chunker = new LineChunker(bytesMax);
        const fed: Uint8Array[] = [];
        const pieces: Uint8Array[] = [];
        const keep = (piece: Uint8Array | null) => piece !== null && pieces.push(piece);
        for (const each of steps) {
          if ("data" in each) {
            fed.push(each.data);
            for (const piece of chunker.push(each.data)) keep(piece);
          } else keep(chunker[each.take]());
        }
        keep(chunker.takeAll());
        expect(Buffer.concat(pieces)).toEqual(Buffer.concat(fed));
        expect(pieces.every((it) => it.length > 0 && it.length <= bytesMax)).toBe(true);
        expect(chunker.waiting).toBe("nothing");
      }),
    );
  });

  test("a piece ends with a line unless the line is longer than a piece", () => {
    const line = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 15 });
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const chunker = new LineChunker(16);
        const text = lines.map((it) => `${it}\n`).join("");
        for (const piece of chunker.push(utf8(text))) expect(piece.at(-1)).toBe(0x0a);
      }),
    );
  });

  test("text is never torn inside a character", () => {
    const text = fc.string({ unit: fc.constantFrom("x", "é", "€", "😀"), maxLength: 300 });
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 32 }), (whole, bytesMax) => {
        const chunker = new LineChunker(bytesMax);
        const pieces = [...chunker.push(utf8(whole)), chunker.takeAll() ?? Buffer.alloc(0)];
        expect(pieces.map((it) => it.toString("utf8")).join("")).toBe(whole);
      }),
    );
  });

  test("waiting lines are told from the part of a line", () => {
    const chunker = new LineChunker(100);
    expect(chunker.waiting).toBe("nothing");
    chunker.push(utf8("one\ntwo"));
    expect(chunker.waiting).toBe("lines");
    expect(chunker.takeLines()?.toString()).toBe("one\n");
    expect(chunker.waiting).toBe("part");
    expect(chunker.takeLines()).toBeNull();
    expect(chunker.takePart()?.toString()).toBe("two");
  });

  test("the first bytes of a character wait for the rest, unless they are all there is", () => {
    const chunker = new LineChunker(100);
    const euro = utf8("€");
    chunker.push(Buffer.concat([utf8("a"), euro.subarray(0, 2)]));
    expect(chunker.takePart()?.toString()).toBe("a");
    chunker.push(euro.subarray(2));
    expect(chunker.takePart()?.toString()).toBe("€");
    chunker.push(euro.subarray(0, 1));
    expect(chunker.takePart()).toEqual(Buffer.from([0xe2]));
  });
});

test.each([
  ["room for all", "abc", 5, 3],
  ["between characters", "aé", 1, 1],
  ["inside two bytes", "aé", 2, 1],
  ["inside four bytes", "a😀", 4, 1],
  ["after four bytes", "a😀b", 5, 5],
  ["nothing but a torn character", "😀", 2, 2],
])("characterCut: %s", (_, text, max, expected) => {
  expect(characterCut(utf8(text), max)).toBe(expected);
});

test("characterCut leaves what is not UTF-8 alone", () => {
  expect(characterCut(new Uint8Array([0x80, 0x81, 0x82, 0x83, 0x84]), 4)).toBe(4);
  expect(characterCut(new Uint8Array([0xff, 0xfe, 0xff, 0xfe]), 2)).toBe(2);
});
