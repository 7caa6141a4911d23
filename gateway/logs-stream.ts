import type { ServerDuplexStream } from "@grpc/grpc-js";
import { DomainError, isDomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { LogRecord } from "#core/ports/control-store.ts";
import type { LogChunk, LogChunkAck } from "#proto/hodei.ts";
import { isUuid, logRecord } from "./codec.ts";
import type { Hub } from "./hub.ts";
import { toStatus } from "./status.ts";
import { credentialOf } from "./worker-stream.ts";

type LogsCall = ServerDuplexStream<LogChunk, LogChunkAck>;

/** A logs stream may arrive a moment before its control stream is attached. */
const SESSION_WITHIN_MS = 5_000;
/** Received and not yet stored, per stream: beyond it the stream is not read. */
const UNSTORED_BYTES_MAX = 512 * 1024;

/**
 * One worker's output stream: chunks are stored in gathered statements and acknowledged after the
 * commit; while too much is unstored the stream is not read, so a flood is held back at its worker
 * and heartbeats, on their own stream, are not delayed.
 */
export class LogsStream {
  readonly #hub: Hub;
  readonly #call: LogsCall;
  #workerId = "";
  #unstored: LogRecord[] = [];
  #unstoredBytes = 0;
  #storing = false;

  constructor(hub: Hub, call: LogsCall) {
    this.#hub = hub;
    this.#call = call;
  }

  async open(): Promise<void> {
    this.#call.pause();
    this.#call.on("data", (chunk: LogChunk) => this.#take(chunk));
    this.#call.on("end", () => void this.#end());
    this.#call.on("error", () => {});
    try {
      this.#workerId = await this.#authenticate();
      this.#call.resume();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #authenticate(): Promise<string> {
    const credential = credentialOf(this.#call.metadata);
    if (!credential)
      throw new DomainError("SessionRefused", "a logs stream needs the session's credential");
    const session = await this.#hub.sessions.waitFor(credential.workerId, SESSION_WITHIN_MS);
    if (!session) throw new DomainError("StoreUnavailable", "open the control stream first");
    if (session.secretSha256 !== this.#hub.deps.digest(credential.secret))
      throw new DomainError("SessionRefused", "this session is not open any more");
    return credential.workerId;
  }

  #take(chunk: LogChunk): void {
    if (
      !isUuid(chunk.executionId) ||
      chunk.seq < 1 ||
      chunk.data.length > limits.logChunkBytesMax
    ) {
      this.#fail(new DomainError("MessageRefused", "a log chunk is malformed or too large"));
      return;
    }
    this.#unstored.push(logRecord(chunk, this.#workerId, Date.now()));
    this.#unstoredBytes += chunk.data.length;
    if (this.#unstoredBytes >= UNSTORED_BYTES_MAX) this.#call.pause();
    void this.#store();
  }

  /** One write under way per stream; what arrives meanwhile goes into the next. */
  async #store(): Promise<void> {
    if (this.#storing) return;
    this.#storing = true;
    try {
      while (this.#unstored.length > 0 && !this.#call.destroyed) {
        const records = this.#unstored;
        this.#unstored = [];
        this.#unstoredBytes = 0;
        const stored = await this.#hub.logs.add(records);
        this.#acknowledge(records, stored);
        this.#call.resume();
      }
    } catch (error) {
      this.#fail(error); // nothing was acknowledged: the worker sends it again on its next stream
    } finally {
      this.#storing = false;
    }
  }

  #acknowledge(records: readonly LogRecord[], stored: ReadonlySet<string>): void {
    const last = new Map(records.map((record) => [record.executionId, record]));
    for (const { executionId, fence, seq } of last.values())
      if (!this.#call.destroyed)
        this.#call.write({ executionId, fence, seq, refused: !stored.has(executionId) });
  }

  async #end(): Promise<void> {
    await this.#store();
    if (!this.#call.destroyed) this.#call.end();
  }

  #fail(error: unknown): void {
    const known = isDomainError(error)
      ? error
      : new DomainError("StoreUnavailable", "try again", { cause: error });
    this.#call.emit("error", toStatus(known, this.#hub.deps.log));
  }
}
