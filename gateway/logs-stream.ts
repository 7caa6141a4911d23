import type { ServerDuplexStream } from "@grpc/grpc-js";
import { DomainError, isDomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { LogRecord } from "#core/ports/control-store.ts";
import type { LogChunk, LogChunkAck } from "#proto/hodei.ts";
import { logRecord } from "./codec.ts";
import { credentialOf } from "./credential.ts";
import type { Hub } from "./hub.ts";
import { LogBuffer } from "./log-buffer.ts";
import type { OpenStreams } from "./open-streams.ts";
import { toStatus } from "./status.ts";
import { uuidOf } from "./wire-values.ts";

type LogsCall = ServerDuplexStream<LogChunk, LogChunkAck>;

/** A logs stream may arrive a moment before its control stream is attached. */
const SESSION_WITHIN_MS = 5_000;

/**
 * One worker's output stream: chunks are stored in gathered statements and acknowledged after the
 * commit; while too much is unstored the stream is not read, so a flood is held back at its worker
 * and heartbeats, on their own stream, are not delayed.
 */
export class LogsStream {
  readonly #hub: Hub;
  readonly #open: OpenStreams;
  readonly #call: LogsCall;
  readonly #buffer: LogBuffer;
  #workerId = "";
  #failed = false;
  #hasRefused = false;
  /** The worker reads its acknowledgements. */
  #isHeard = true;

  constructor(hub: Hub, open: OpenStreams, call: LogsCall) {
    this.#hub = hub;
    this.#open = open;
    this.#call = call;
    const events = {
      onWritten: (part: readonly LogRecord[], stored: ReadonlySet<string>) =>
        this.#written(part, stored),
      // Nothing is acknowledged: the worker sends it again on its next stream, and all behind it.
      onFailed: (_part: readonly LogRecord[], error: unknown) => {
        this.#buffer.abandon();
        this.#fail(error);
      },
    };
    this.#buffer = new LogBuffer((records) => hub.logs.add(records), events, hub.logRoom);
  }

  async open(): Promise<void> {
    this.#call.pause();
    this.#call.on("data", (chunk: LogChunk) => this.#take(chunk));
    this.#call.on("end", () => void this.#end());
    this.#call.on("error", () => {});
    try {
      this.#workerId = await this.#authenticate();
      this.#open.count(this.#workerId, this.#call);
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
    if (this.#isOver) return;
    const executionId = uuidOf(chunk.executionId);
    if (!executionId || chunk.seq < 1 || chunk.data.length > limits.logChunkBytesMax) {
      this.#fail(new DomainError("MessageRefused", "a log chunk is malformed or too large"));
      return;
    }
    this.#buffer.add(logRecord(chunk, { executionId, workerId: this.#workerId }, Date.now()));
    if (this.#buffer.full) this.#call.pause();
  }

  #written(part: readonly LogRecord[], stored: ReadonlySet<string>): void {
    if (this.#isOver) return;
    const last = new Map(part.map((record) => [record.executionId, record]));
    if (stored.size < last.size) this.#sayRefused([...last.keys()].find((id) => !stored.has(id)));
    for (const { executionId, fence, seq } of last.values())
      this.#acknowledge({ executionId, fence, seq, refused: !stored.has(executionId) });
    this.#readOn();
  }

  /** Once a stream, however much of it there is. */
  #sayRefused(executionId: string | undefined): void {
    if (this.#hasRefused) return;
    this.#hasRefused = true;
    const { log } = this.#hub.deps;
    log.info({ workerId: this.#workerId, executionId }, "output not stored: not this worker's");
  }

  /** Who does not read what is acknowledged is not read either, or its answers would fill the memory. */
  #acknowledge(ack: LogChunkAck): void {
    if (this.#call.write(ack) || !this.#isHeard) return;
    this.#isHeard = false;
    this.#call.pause();
    this.#call.once("drain", () => {
      this.#isHeard = true;
      this.#readOn();
    });
  }

  #readOn(): void {
    if (this.#isHeard && !this.#buffer.full) this.#call.resume();
  }

  /** The worker has no more to send; it gets its last acknowledgements before we end as well. */
  async #end(): Promise<void> {
    await this.#buffer.settled();
    if (!this.#isOver) this.#call.end();
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#failed = true;
    const known = isDomainError(error)
      ? error
      : new DomainError("StoreUnavailable", "try again", { cause: error });
    this.#call.emit("error", toStatus(known, this.#hub.deps.log));
  }

  get #isOver(): boolean {
    return this.#failed || this.#call.destroyed;
  }
}
