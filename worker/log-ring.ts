import { characterCut } from "./line-chunker.ts";

/** One numbered piece of output, or the one record that stands for what was dropped. */
export interface OutputChunk {
  readonly seq: number;
  readonly isStderr: boolean;
  readonly at: Date;
  readonly data: Uint8Array;
  readonly truncated: { readonly droppedBytes: number; readonly droppedLines: number } | null;
}

export interface LogRingLimits {
  /** The ring calls itself full from this many unacknowledged bytes on. */
  readonly ringBytesMax: number;
  /** Output of the whole attempt beyond this is dropped and counted. */
  readonly logBytesMax: number;
}

/** What a chunk costs beside its bytes, so that many tiny chunks are bounded too. */
const CHUNK_OVERHEAD_BYTES = 128;

/**
 * The output of one execution that is not acknowledged yet.
 *
 * Numbers chunks from 1 without a hole, over stdout and stderr together. Chunks leave only by an
 * acknowledgement, so that a new stream can send everything again from the oldest. The ring never
 * refuses a chunk: whoever fills it asks `full` and stops reading.
 */
export class LogRing {
  readonly executionId: string;
  readonly fence: number;
  readonly #limits: LogRingLimits;
  #chunks: OutputChunk[] = [];
  /** Index in #chunks of the first chunk not yet written to the current stream. */
  #unsent = 0;
  #bytes = 0;
  #keptBytes = 0;
  #lastSeq = 0;
  #droppedBytes = 0;
  #droppedLines = 0;
  #lastDroppedByte = 0x0a;
  #refused = false;

  constructor(executionId: string, fence: number, limits: LogRingLimits) {
    this.executionId = executionId;
    this.fence = fence;
    this.#limits = limits;
  }

  /** Highest number given so far, 0 = no output. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Unacknowledged bytes, with the overhead of every chunk. */
  get bytes(): number {
    return this.#bytes;
  }

  get full(): boolean {
    return this.#bytes >= this.#limits.ringBytesMax;
  }

  /** Nothing is unacknowledged. */
  get drained(): boolean {
    return this.#chunks.length === 0;
  }

  /** Lines dropped because of the cap. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** Takes a piece of output; what lies beyond the cap is counted and forgotten. */
  append(isStderr: boolean, data: Uint8Array, at: Date): void {
    const room = this.#droppedBytes > 0 ? 0 : this.#limits.logBytesMax - this.#keptBytes;
    const kept = room >= data.length ? data.length : room > 0 ? characterCut(data, room) : 0;
    if (kept > 0) {
      this.#keptBytes += kept;
      this.#add({ isStderr, at, data: data.subarray(0, kept), truncated: null });
    }
    this.#drop(data.subarray(kept));
  }

  /** The output is complete: adds the truncation record when something was dropped. */
  close(at: Date): void {
    if (this.#droppedBytes === 0) return;
    if (this.#lastDroppedByte !== 0x0a) this.#droppedLines += 1;
    const truncated = { droppedBytes: this.#droppedBytes, droppedLines: this.#droppedLines };
    this.#add({ isStderr: false, at, data: new Uint8Array(0), truncated });
  }

  /** The next chunk the current stream has not carried, or null. */
  next(): OutputChunk | null {
    const chunk = this.#chunks[this.#unsent] ?? null;
    if (chunk !== null) this.#unsent += 1;
    return chunk;
  }

  /** A new stream begins: everything unacknowledged is sent again. */
  rewind(): void {
    this.#unsent = 0;
  }

  /** Every chunk up to `seq` is stored elsewhere. Older and repeated acknowledgements do nothing. */
  acknowledge(seq: number): void {
    let count = 0;
    while (count < this.#chunks.length && this.#chunks[count]!.seq <= seq) count += 1;
    for (const chunk of this.#chunks.splice(0, count)) this.#bytes -= cost(chunk);
    this.#unsent = Math.max(0, this.#unsent - count);
  }

  /** The other side wants none of it: forgets everything, now and from now on. */
  refuse(): void {
    this.#refused = true;
    this.#chunks = [];
    this.#unsent = 0;
    this.#bytes = 0;
  }

  #add(chunk: Omit<OutputChunk, "seq">): void {
    this.#lastSeq += 1;
    if (this.#refused) return;
    const numbered = { seq: this.#lastSeq, ...chunk };
    this.#chunks.push(numbered);
    this.#bytes += cost(numbered);
  }

  #drop(data: Uint8Array): void {
    if (data.length === 0) return;
    this.#droppedBytes += data.length;
    for (const byte of data) if (byte === 0x0a) this.#droppedLines += 1;
    this.#lastDroppedByte = data[data.length - 1]!;
  }
}

const cost = (chunk: OutputChunk): number => chunk.data.length + CHUNK_OVERHEAD_BYTES;
