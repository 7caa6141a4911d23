import { sayGap } from "#core/domain/output/say-gap.ts";
import type { LogPiece } from "#core/ports/run-reader.ts";

/** A line longer than this becomes several: one message must hold it. */
const LINE_BYTES_MAX = 64 * 1024;
const NEWLINE = 0x0a;

/** A line of a job's output, without its end. */
export interface LogLine {
  /** From 1, over both streams and all attempts. */
  readonly sequence: number;
  readonly text: string;
  readonly stderr: boolean;
  /** Epoch ms of the piece in which it begins. */
  readonly at: number;
}

type Stream = LogPiece["stream"];

interface Begun {
  readonly at: number;
  readonly parts: Uint8Array[];
  bytes: number;
}

/**
 * Cuts pieces of output, given in order, into numbered lines. The numbers depend on the pieces
 * alone, so that every reader who begins at the same place counts the same.
 */
export class LogLines {
  #sequence: number;
  #attempt = 0;
  readonly #begun = new Map<Stream, Begun>();

  /** `after`: how many lines came before the first piece. */
  constructor(after = 0) {
    this.#sequence = after;
  }

  /** How many lines there were until now. */
  get count(): number {
    return this.#sequence;
  }

  /** true: no line has begun that is not ended; another cutter may go on from here. */
  get isBetweenLines(): boolean {
    return this.#begun.size === 0;
  }

  /** The lines that end in this piece. */
  add(piece: LogPiece): LogLine[] {
    const before = piece.attempt === this.#attempt ? [] : this.end();
    this.#attempt = piece.attempt;
    if (piece.gap !== null) {
      const text = `[hodei] ${sayGap(piece.gap)}`;
      return [...before, ...this.end(), this.#line(text, piece.stream, piece.at)];
    }
    if (piece.truncated === null) return [...before, ...this.#cut(piece)];
    const { droppedBytes, droppedLines } = piece.truncated;
    const text = `[hodei] ${droppedBytes} bytes (${droppedLines} lines) of output were dropped here`;
    return [...before, ...this.end(), this.#line(text, piece.stream, piece.at)];
  }

  /** What was begun and will not be ended: the attempt is over. */
  end(): LogLine[] {
    return (["stdout", "stderr"] as const).flatMap((stream) => this.#ended(stream) ?? []);
  }

  #cut({ stream, data, at }: LogPiece): LogLine[] {
    const lines: LogLine[] = [];
    for (let from = 0; from < data.length; ) {
      const begun = this.#begun.get(stream) ?? { at, parts: [], bytes: 0 };
      this.#begun.set(stream, begun);
      const newline = data.indexOf(NEWLINE, from);
      const isEnded = newline !== -1 && newline - from <= LINE_BYTES_MAX - begun.bytes;
      const until = isEnded ? newline : Math.min(data.length, from + LINE_BYTES_MAX - begun.bytes);
      begun.parts.push(data.subarray(from, until));
      begun.bytes += until - from;
      from = isEnded ? until + 1 : until;
      if (isEnded || begun.bytes >= LINE_BYTES_MAX) lines.push(...(this.#ended(stream) ?? []));
    }
    return lines;
  }

  #ended(stream: Stream): LogLine[] | null {
    const begun = this.#begun.get(stream);
    if (!begun) return null;
    this.#begun.delete(stream);
    return [this.#line(Buffer.concat(begun.parts).toString("utf8"), stream, begun.at)];
  }

  #line(text: string, stream: Stream, at: number): LogLine {
    this.#sequence += 1;
    return { sequence: this.#sequence, text, stderr: stream === "stderr", at };
  }
}
