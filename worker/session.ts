import { type Metadata, status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import type {
  Reconnect,
  ServerMessage,
  WorkerAgentServiceClient,
  WorkerMessage,
} from "#proto/hodei.ts";
import { reconnectDelayMs } from "./backoff.ts";
import { ControlStream } from "./control-stream.ts";
import { LogStream } from "./log-stream.ts";

/** These end the session itself; every other end of a stream only means: connect again. */
const VOID: ReadonlySet<status> = new Set([status.UNAUTHENTICATED, status.PERMISSION_DENIED]);

export interface SessionOptions {
  readonly metadata: Metadata;
  readonly makeClient: () => WorkerAgentServiceClient;
  readonly heartbeatPeriodMs: number;
  readonly log: Logger;
  readonly heartbeat: () => WorkerMessage;
  readonly onMessage: (message: ServerMessage) => void;
  readonly onLease: (sentAt: number, leaseMs: number, lostExecutionIds: string[]) => void;
  /** Messages now go to another gateway, or again to the same: repeat what is not settled. */
  readonly onAttached: () => void;
  readonly onLogProgress: () => void;
  /** The gateway no longer knows this session; nothing will bring it back. */
  readonly onVoid: () => void;
}

/**
 * The worker's lasting connection to the control plane, over streams that come and go.
 *
 * `#current` is the stream we speak on, `#newest` the one last opened. They differ only while the
 * worker moves to another gateway: the new stream takes over with its first message, and only then
 * is the old one closed.
 */
export class Session {
  readonly logs: LogStream;
  readonly #options: SessionOptions;
  #current: ControlStream | null = null;
  #newest: ControlStream | null = null;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.logs = new LogStream({
      metadata: options.metadata,
      onProgress: options.onLogProgress,
      onEnd: (code, details) => this.#logsEnded(code, details),
    });
  }

  /** Connects, and stays connected until `close`. */
  open(): void {
    if (this.#closed || this.#newest !== this.#current) return;
    const stream: ControlStream = new ControlStream({
      client: this.#options.makeClient(),
      metadata: this.#options.metadata,
      heartbeatPeriodMs: this.#options.heartbeatPeriodMs,
      heartbeat: this.#options.heartbeat,
      onLease: this.#options.onLease,
      onMessage: (message) => this.#received(stream, message),
      onEnd: (code, details) => this.#ended(stream, code, details),
    });
    this.#newest = stream;
    if (this.#current === null) this.#take(stream);
  }

  get connected(): boolean {
    return this.#current !== null;
  }

  /** The client of the current connection, for single calls; null while there is none. */
  get client(): WorkerAgentServiceClient | null {
    return this.#current?.client ?? null;
  }

  /** Sends if there is a stream; whatever matters is repeated by its owner until it is answered. */
  send(message: WorkerMessage): void {
    this.#current?.send(message);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.logs.detach();
    for (const stream of new Set([this.#current, this.#newest])) stream?.close();
  }

  #received(stream: ControlStream, message: ServerMessage): void {
    this.#failures = 0;
    if (stream === this.#newest && stream !== this.#current) this.#take(stream);
    if (message.payload?.$case === "reconnect") this.#move(message.payload.value);
    else this.#options.onMessage(message);
  }

  #take(stream: ControlStream): void {
    const old = this.#current;
    this.#current = stream;
    this.logs.attach(stream.client);
    old?.close();
    this.#options.onAttached();
  }

  /** Spread over half of the time given, so that the next gateway does not meet all at once. */
  #move({ withinMs }: Reconnect): void {
    if (this.#newest !== this.#current) return;
    this.#options.log.info({ withinMs }, "the gateway is leaving, moving to another");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), (Math.random() * withinMs) / 2);
  }

  #ended(stream: ControlStream, code: status, details: string): void {
    if (this.#closed) return;
    const wasCurrent = stream === this.#current;
    if (wasCurrent) {
      this.#current = null;
      this.logs.detach();
    }
    if (stream === this.#newest) this.#newest = this.#current;
    if (VOID.has(code)) {
      this.#refused(code, details);
      return;
    }
    this.#options.log.warn({ code: status[code], details }, "control stream ended");
    if (wasCurrent && this.#newest !== null && this.#newest !== stream) this.#take(this.#newest);
    else this.#reopenLater();
  }

  #reopenLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), reconnectDelayMs(this.#failures++));
  }

  #logsEnded(code: status, details: string): void {
    if (VOID.has(code)) this.#refused(code, details);
    else this.#options.log.warn({ code: status[code], details }, "log stream ended");
  }

  #refused(code: status, details: string): void {
    this.#options.log.error({ code: status[code], details }, "the session is refused");
    this.close();
    this.#options.onVoid();
  }
}
