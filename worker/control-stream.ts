import { type ClientDuplexStream, type Metadata, type StatusObject, status } from "@grpc/grpc-js";
import type { ServerMessage, WorkerAgentServiceClient, WorkerMessage } from "#proto/hodei.ts";
import { HeartbeatLoop } from "./heartbeat-loop.ts";

/** A stream that brings nothing for this long is dead, whatever the transport believes. */
const SILENCE_MAX_MS = 35_000;
/**
 * A stream on which a heartbeat waits this long for its answer is given up. Answers are matched to
 * heartbeats by their order, so after a gateway answered two with one, every later answer counts
 * from an older heartbeat than it could; a new stream starts the count afresh, in time before the
 * worker would fence itself.
 */
const UNANSWERED_MAX_MS = 25_000;
/** How long the peer may take to end its side before the connection is cut. */
const CLOSE_MS = 1_000;

export interface ControlStreamOptions {
  readonly client: WorkerAgentServiceClient;
  readonly metadata: Metadata;
  readonly heartbeatPeriodMs: number;
  readonly heartbeat: () => WorkerMessage;
  readonly onMessage: (message: ServerMessage) => void;
  /** A heartbeat sent at this monotonic instant was answered with a lease of this length. */
  readonly onLease: (sentAt: number, leaseMs: number, lostExecutionIds: string[]) => void;
  /** Called once, unless `close` was called before. */
  readonly onEnd: (code: status, details: string) => void;
}

/** One control stream on a connection of its own, with its heartbeats and its watchdog. */
export class ControlStream {
  readonly client: WorkerAgentServiceClient;
  readonly #options: ControlStreamOptions;
  readonly #call: ClientDuplexStream<WorkerMessage, ServerMessage>;
  readonly #heartbeats: HeartbeatLoop;
  readonly #watchdog: NodeJS.Timeout;
  #over = false;

  constructor(options: ControlStreamOptions) {
    this.#options = options;
    this.client = options.client;
    this.#call = options.client.workerStream(options.metadata);
    this.#call.on("error", () => undefined); // "status" tells the same and always comes
    this.#call.on("data", (message: ServerMessage) => this.#receive(message));
    this.#call.on("status", ({ code, details }: StatusObject) => this.#end(code, details));
    this.#watchdog = setTimeout(() => this.#end(status.CANCELLED, "silent"), SILENCE_MAX_MS);
    this.#heartbeats = new HeartbeatLoop(options.heartbeatPeriodMs, () => this.#beat());
    this.#heartbeats.start();
  }

  /** Sends, or drops the message when the stream is over: everything that matters is repeated. */
  send(message: WorkerMessage): void {
    if (!this.#over) this.#call.write(message);
  }

  /** Leaves in order: ends our side and cuts the connection soon after. */
  close(): void {
    if (this.#over) return;
    this.#stop();
    this.#call.end();
    setTimeout(() => this.#cut(), CLOSE_MS).unref();
  }

  #receive(message: ServerMessage): void {
    if (this.#over) return;
    this.#watchdog.refresh();
    if (message.payload?.$case === "heartbeatAck") {
      const { leaseMs, lostExecutionIds } = message.payload.value;
      const sentAt = this.#heartbeats.answered();
      if (sentAt !== null) this.#options.onLease(sentAt, leaseMs, lostExecutionIds);
    }
    this.#options.onMessage(message);
  }

  #beat(): void {
    if (this.#heartbeats.longestWaitMs > UNANSWERED_MAX_MS) {
      this.#end(status.CANCELLED, "heartbeats are not answered");
    } else this.send(this.#options.heartbeat());
  }

  #end(code: status, details: string): void {
    if (this.#over) return;
    this.#stop();
    this.#cut();
    this.#options.onEnd(code, details);
  }

  #stop(): void {
    this.#over = true;
    this.#heartbeats.stop();
    clearTimeout(this.#watchdog);
  }

  #cut(): void {
    this.#call.cancel();
    this.client.close();
  }
}
