import type { LogGapBody, LogPieceBody } from "#core/domain/spec/api.ts";

/** A job that writes numbered lines, so many a second, and ends when it has written all. */
export const numberedLines = (lines: number, perSecond: number): string[] => [
  process.execPath,
  "-e",
  WRITER,
  String(lines),
  String(perSecond),
];

const LINE_BYTES = 40;
const WRITER = `
const [lines, perSecond] = process.argv.slice(1).map(Number);
const startedAt = performance.now();
let n = 0;
const write = () => {
  const due = Math.min(lines, Math.ceil((performance.now() - startedAt) * perSecond / 1000));
  let text = "";
  while (n < due) text += "line " + String(++n).padEnd(${LINE_BYTES - 6}, ".") + "\\n";
  const more = () => { if (n < lines) setTimeout(write, 5); };
  if (text === "") more(); else process.stdout.write(text, more);
};
write();
`;

/** What all the lines weigh. */
export const bytesOf = (lines: number): number => lines * LINE_BYTES;

/** What a reader got of one attempt. */
export interface Received {
  /** Lines 1 to `lines`, each once and in order. */
  lines: number;
  /** Of pieces, whole lines or not. */
  bytes: number;
  readonly gaps: LogGapBody[];
  /** What did not come as it should: the first of it. */
  wrong: string | null;
  rest: string;
  seq: number;
}

/** Counts the lines of a reader, and holds every one to its number. */
export class LineCounter {
  readonly attempts = new Map<number, Received>();

  of(attempt: number): Received {
    const known = this.attempts.get(attempt);
    if (known) return known;
    const fresh: Received = { lines: 0, bytes: 0, gaps: [], wrong: null, rest: "", seq: 0 };
    this.attempts.set(attempt, fresh);
    return fresh;
  }

  take(piece: LogPieceBody): void {
    const received = this.of(piece.attempt);
    if (piece.gap) {
      received.gaps.push(piece.gap);
      return;
    }
    if (piece.seq !== received.seq + 1)
      received.wrong ??= `piece ${piece.seq} behind ${received.seq}`;
    received.seq = piece.seq;
    received.bytes += piece.text.length;
    const lines = (received.rest + piece.text).split("\n");
    received.rest = lines.pop() ?? "";
    for (const line of lines) {
      const expected = `line ${received.lines + 1}`;
      if (line.length !== LINE_BYTES - 1 || line.replace(/\.*$/, "") !== expected)
        received.wrong ??= `"${line}" instead of ${expected}`;
      received.lines += 1;
    }
  }
}
