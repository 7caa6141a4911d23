import type { LogRecord } from "#core/ports/control-store.ts";

/** Received and not yet stored, per stream: beyond it the stream is not read. */
const BYTES_MAX = 512 * 1024;
/** The same of all streams together: ten thousand floods at once must not fill the memory either. */
const ALL_BYTES_MAX = 64 * 1024 * 1024;
/** One stream's share of a gathered statement. */
const PART_BYTES_MAX = 128 * 1024;
/** What a chunk costs in memory besides its data: a flood of empty chunks is bounded as well. */
const CHUNK_BYTES = 256;

/** How much all buffers of a gateway hold. */
export interface LogRoom {
  bytes: number;
}

type Store = (records: readonly LogRecord[]) => Promise<ReadonlySet<string>>;

/**
 * Output of one stream on its way to the database: one write under way, what arrives meanwhile goes
 * into the next, in order. Bounded by whoever fills it: when `full`, read no more until `onWritten`.
 * A buffer that holds nothing is never full, however much the others hold, so that each goes on.
 */
export class LogBuffer {
  readonly #store: Store;
  readonly #onWritten: LogBufferEvents["onWritten"];
  readonly #onFailed: LogBufferEvents["onFailed"];
  readonly #room: LogRoom;
  readonly #waiting: LogRecord[] = [];
  #bytes = 0;
  #writing: Promise<void> | null = null;

  constructor(store: Store, events: LogBufferEvents, room: LogRoom = { bytes: 0 }) {
    this.#store = store;
    this.#room = room;
    this.#onWritten = events.onWritten;
    this.#onFailed = events.onFailed;
  }

  get full(): boolean {
    return this.#bytes >= BYTES_MAX || (this.#bytes > 0 && this.#room.bytes >= ALL_BYTES_MAX);
  }

  add(record: LogRecord): void {
    this.#waiting.push(record);
    this.#hold(sizeOf(record));
    this.#writing ??= this.#write();
  }

  /** Resolves when everything added until now is written, or failed. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /**
   * Forgets what waits. For a stream that its worker will send again from what failed: what came behind
   * must not be stored before it, or a reader would go past the hole that is filled later.
   */
  abandon(): void {
    this.#hold(-total(this.#waiting.splice(0)));
  }

  async #write(): Promise<void> {
    await Promise.resolve(); // what was read in one go is written in one go
    while (this.#waiting.length > 0) {
      const part = this.#nextPart();
      try {
        const stored = await this.#store(part);
        this.#hold(-total(part));
        this.#onWritten(part, stored);
      } catch (error) {
        this.#hold(-total(part));
        this.#onFailed(part, error);
      }
    }
    this.#writing = null;
  }

  #hold(bytes: number): void {
    this.#bytes += bytes;
    this.#room.bytes += bytes;
  }

  #nextPart(): LogRecord[] {
    let bytes = 0;
    const beyond = this.#waiting.findIndex((record) => {
      bytes += sizeOf(record);
      return bytes > PART_BYTES_MAX;
    });
    return this.#waiting.splice(0, beyond === -1 ? this.#waiting.length : Math.max(1, beyond));
  }
}

export interface LogBufferEvents {
  /** `stored`: the executions whose records were stored; others are not this worker's. */
  readonly onWritten: (part: readonly LogRecord[], stored: ReadonlySet<string>) => void;
  readonly onFailed: (part: readonly LogRecord[], error: unknown) => void;
}

const sizeOf = ({ data }: LogRecord): number => data.length + CHUNK_BYTES;
const total = (part: readonly LogRecord[]): number =>
  part.reduce((sum, record) => sum + sizeOf(record), 0);
