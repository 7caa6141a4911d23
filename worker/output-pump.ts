import type { Readable } from "node:stream";
import { LineChunker } from "./line-chunker.ts";
import type { LogRing } from "./log-ring.ts";

/** Complete lines wait this long for company: a chatty job makes few chunks instead of many. */
const LINES_WAIT_MS = 25;
/** A line without its end (a prompt, a progress bar) is shown after this long. */
const PART_WAIT_MS = 200;

interface Source {
  readonly stream: Readable;
  readonly isStderr: boolean;
  readonly chunker: LineChunker;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Moves a process's stdout and stderr into its log ring.
 *
 * While the ring is full the streams are not read, so the pipe fills and the process blocks: that is
 * what bounds the memory of this agent. After the process is dead what is left in the pipes is
 * bounded too, and is read to its end whatever the ring says.
 */
export class OutputPump {
  readonly #ring: LogRing;
  readonly #chunkBytesMax: number;
  readonly #onChunk: () => void;
  readonly #sources: Source[] = [];
  #unbounded = false;

  constructor(ring: LogRing, chunkBytesMax: number, onChunk: () => void) {
    this.#ring = ring;
    this.#chunkBytesMax = chunkBytesMax;
    this.#onChunk = onChunk;
  }

  /** Begins to read; resolves when both streams are at their end or destroyed. */
  async attach(stdout: Readable, stderr: Readable): Promise<void> {
    await Promise.all([this.#read(stdout, false), this.#read(stderr, true)]);
  }

  /** Chunks were acknowledged: read on if there is room again. */
  resume(): void {
    if (this.#mustWait()) return;
    for (const { stream } of this.#sources) if (stream.isPaused()) stream.resume();
  }

  /** The process is dead: read what is left, also into a full ring. */
  resumeUnbounded(): void {
    this.#unbounded = true;
    this.resume();
  }

  /** No more is read; what waits goes out and the ring is closed. */
  finish(): void {
    for (const source of this.#sources) {
      clearTimeout(source.timer);
      source.stream.destroy();
      this.#append(source, source.chunker.takeAll());
    }
    this.#ring.close(new Date());
    this.#onChunk();
  }

  #read(stream: Readable, isStderr: boolean): Promise<void> {
    const chunker = new LineChunker(this.#chunkBytesMax);
    const source: Source = { stream, isStderr, chunker, timer: undefined };
    this.#sources.push(source);
    stream.on("data", (data: Buffer) => this.#take(source, data));
    stream.on("error", () => stream.destroy());
    return new Promise((resolve) => stream.once("close", () => resolve()));
  }

  #take(source: Source, data: Buffer): void {
    // What the other stream said before comes before, as far as two pipes can tell.
    for (const other of this.#sources) {
      if (other !== source) this.#append(other, other.chunker.takeLines());
    }
    for (const piece of source.chunker.push(data)) this.#append(source, piece);
    this.#armFlush(source);
    if (!this.#mustWait()) return;
    for (const { stream } of this.#sources) stream.pause();
  }

  #mustWait(): boolean {
    return this.#ring.full && !this.#unbounded;
  }

  #armFlush(source: Source): void {
    const waiting = source.chunker.waiting;
    if (waiting === "nothing" || source.timer !== undefined) return;
    const waitMs = waiting === "lines" ? LINES_WAIT_MS : PART_WAIT_MS;
    source.timer = setTimeout(() => this.#flush(source, waiting), waitMs);
  }

  #flush(source: Source, what: "lines" | "part"): void {
    source.timer = undefined;
    const lines = source.chunker.takeLines();
    this.#append(source, what === "lines" ? lines : (lines ?? source.chunker.takePart()));
    this.#armFlush(source);
  }

  #append(source: Source, piece: Uint8Array | null): void {
    if (piece === null) return;
    this.#ring.append(source.isStderr, piece, new Date());
    this.#onChunk();
  }
}
