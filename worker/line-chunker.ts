const NEWLINE = 0x0a;
const EMPTY = Buffer.alloc(0);

/**
 * Cuts one byte stream into pieces of at most `bytesMax` that hold whole lines where possible.
 *
 * Bytes are data: whatever goes in comes out, unchanged and in order, also when it is not text. A
 * line longer than a piece is cut at `bytesMax`, or up to three bytes earlier so as not to tear a
 * UTF-8 character apart. Never holds more than `bytesMax` bytes back, however long a line is.
 */
export class LineChunker {
  readonly #bytesMax: number;
  #pending: Buffer = EMPTY;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Whether something waits, and whether it ends a line. */
  get waiting(): "nothing" | "lines" | "part" {
    if (this.#pending.length === 0) return "nothing";
    return this.#pending.includes(NEWLINE) ? "lines" : "part";
  }

  /** Takes bytes in and returns the pieces that are full; the rest waits for one of the takes. */
  push(data: Uint8Array): Buffer[] {
    const bytes =
      this.#pending.length === 0 ? asBuffer(data) : Buffer.concat([this.#pending, data]);
    const pieces: Buffer[] = [];
    let from = 0;
    while (bytes.length - from > this.#bytesMax) {
      const window = bytes.subarray(from, from + this.#bytesMax + 1);
      const cut = wholeLines(window, this.#bytesMax) || characterCut(window, this.#bytesMax);
      pieces.push(copy(bytes, from, from + cut));
      from += cut;
    }
    this.#pending = copy(bytes, from, bytes.length);
    return pieces;
  }

  /** The complete lines that wait, or null. */
  takeLines(): Buffer | null {
    return this.#take(wholeLines(this.#pending, this.#pending.length));
  }

  /** Everything that waits, or null; keeps a character back that is not complete yet. */
  takePart(): Buffer | null {
    const length = this.#pending.length;
    return this.#take(length - unfinishedCharacter(this.#pending) || length);
  }

  /** Everything that waits, or null. */
  takeAll(): Buffer | null {
    return this.#take(this.#pending.length);
  }

  #take(length: number): Buffer | null {
    if (length === 0) return null;
    const piece = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return piece;
  }
}

/** Length of the longest prefix of at most `max` bytes without a torn UTF-8 character at its end. */
export function characterCut(bytes: Uint8Array, max: number): number {
  if (bytes.length <= max) return bytes.length;
  return max - unfinishedCharacter(bytes.subarray(0, max)) || max;
}

const wholeLines = (bytes: Buffer, max: number): number =>
  bytes.subarray(0, max).lastIndexOf(NEWLINE) + 1;

/** How many bytes at the end begin a UTF-8 character without finishing it: 0…3. */
function unfinishedCharacter(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    return characterLength(byte) > back ? back : 0;
  }
  return 0;
}

function characterLength(lead: number): number {
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xc2 && lead <= 0xdf ? 2 : 1;
}

const asBuffer = (data: Uint8Array): Buffer =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** A copy, so that a small piece does not keep the large buffer it was read into alive. */
const copy = (bytes: Buffer, from: number, to: number): Buffer =>
  from === to ? EMPTY : Buffer.from(bytes.subarray(from, to));
