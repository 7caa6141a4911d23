import { limits } from "#core/domain/limits.ts";
import { ORIGINAL_STREAM_SEQS } from "#core/domain/output/attempt-output.ts";
import type { LogRecord } from "#core/ports/control-store.ts";
import type { LogEntry } from "#proto/hodei.ts";
import type { Hub } from "./hub.ts";
import { LogBuffer } from "./log-buffer.ts";
import type { Held, Session } from "./session.ts";
import { instantOf, uuidOf } from "./wire-values.ts";

/** One execution's output on this stream. */
interface Output {
  readonly held: Held;
  lastSeq: number;
  bytes: number;
  droppedBytes: number;
  droppedLines: number;
}

/**
 * Output of the original's workers: lines on the control stream, without sequence numbers or
 * acknowledgements. The gateway numbers them as they arrive, caps them as our own worker does, and
 * stores them before the result. Lines that were on their way when a stream broke are gone; the gap
 * in the numbers between two streams says so.
 */
export class OriginalLogs {
  readonly #hub: Hub;
  readonly #session: Session;
  readonly #buffer: LogBuffer;
  #output: Output | null = null;
  #room = Promise.withResolvers<void>();

  constructor(hub: Hub, session: Session) {
    this.#hub = hub;
    this.#session = session;
    this.#buffer = new LogBuffer((records) => hub.logs.add(records), {
      onWritten: () => this.#written(),
      onFailed: (part, error) => this.#failed(part, error),
    });
  }

  /** Resolves when there is room for more: until then the stream should not be read. */
  async add(entries: readonly LogEntry[]): Promise<void> {
    const output = this.#currentOutput();
    if (!output) return;
    for (const entry of entries)
      if (uuidOf(entry.jobId) === output.held.runId) this.#take(output, entry);
    if (this.#buffer.full) await this.#room.promise;
  }

  /** Resolves when everything received so far is stored, with what was dropped in one record. */
  async flush(): Promise<void> {
    await this.#buffer.settled();
    const output = this.#output;
    if (!output || output.droppedBytes === 0) return;
    const { droppedBytes, droppedLines } = output;
    const about = { stderr: false, atMs: Date.now(), data: new Uint8Array() };
    this.#buffer.add({ ...this.#record(output, about), droppedBytes, droppedLines });
    output.droppedBytes = 0;
    await this.#buffer.settled();
  }

  /** The last number given to this execution's output, 0 = it wrote nothing; null = nobody knows. */
  lastSeq(executionId: string): number | null {
    if (this.#output?.held.executionId === executionId) return this.#output.lastSeq;
    const { current, returnedWith } = this.#session;
    return current?.executionId === executionId && returnedWith !== executionId ? 0 : null;
  }

  #currentOutput(): Output | null {
    const { current, epoch, returnedWith } = this.#session;
    if (!current) return null;
    const streamsBefore = returnedWith === current.executionId ? epoch - 1 : 0;
    if (this.#output?.held.executionId !== current.executionId)
      this.#output = {
        held: current,
        lastSeq: streamsBefore * ORIGINAL_STREAM_SEQS,
        bytes: 0,
        droppedBytes: 0,
        droppedLines: 0,
      };
    return this.#output;
  }

  #take(output: Output, entry: LogEntry): void {
    const line = Buffer.from(`${entry.line}\n`);
    output.bytes += line.length;
    if (output.bytes > limits.logBytesPerAttemptMax) {
      output.droppedBytes += line.length;
      output.droppedLines += 1;
      return;
    }
    const about = { stderr: entry.isStderr, atMs: instantOf(entry.timestamp, Date.now()) };
    for (let at = 0; at < line.length; at += limits.logChunkBytesMax) {
      const data = line.subarray(at, at + limits.logChunkBytesMax);
      this.#buffer.add(this.#record(output, { ...about, data }));
    }
  }

  #record(output: Output, about: Pick<LogRecord, "stderr" | "atMs" | "data">): LogRecord {
    output.lastSeq += 1;
    const { executionId, fence } = output.held;
    const { workerId } = this.#session;
    const seq = output.lastSeq;
    return { executionId, fence, workerId, seq, ...about, droppedBytes: null, droppedLines: null };
  }

  #written(): void {
    if (this.#buffer.full) return;
    this.#room.resolve();
    this.#room = Promise.withResolvers<void>();
  }

  /** Nobody would send it again: it counts as dropped. */
  #failed(part: readonly LogRecord[], error: unknown): void {
    const { workerId } = this.#session;
    this.#hub.deps.log.warn({ workerId, err: error }, "output of a worker was not stored");
    for (const { executionId, data } of part)
      if (this.#output?.held.executionId === executionId) {
        this.#output.droppedBytes += data.length;
        this.#output.droppedLines += 1;
      }
    this.#written();
  }
}
