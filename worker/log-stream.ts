import type { ClientDuplexStream, Metadata, StatusObject, status } from "@grpc/grpc-js";
import type { LogChunk, LogChunkAck, WorkerAgentServiceClient } from "#proto/hodei.ts";
import { reconnectDelayMs } from "./backoff.ts";
import { logChunk } from "./codec.ts";
import type { LogRing } from "./log-ring.ts";

export interface LogStreamOptions {
  readonly metadata: Metadata;
  /** Chunks of some ring were acknowledged or refused. */
  readonly onProgress: () => void;
  /** The stream ended; a session that is void ends it with UNAUTHENTICATED. */
  readonly onEnd: (code: status, details: string) => void;
}

/**
 * Carries the rings' chunks to the gateway, on whatever client it is attached to. Opens a stream
 * only while there is something to carry, sends everything unacknowledged again on each new stream,
 * and writes no faster than the stream takes it.
 */
export class LogStream {
  readonly #options: LogStreamOptions;
  readonly #rings = new Map<string, LogRing>();
  #client: WorkerAgentServiceClient | null = null;
  #call: ClientDuplexStream<LogChunk, LogChunkAck> | null = null;
  #writable = false;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: LogStreamOptions) {
    this.#options = options;
  }

  add(ring: LogRing): void {
    this.#rings.set(ring.executionId, ring);
  }

  remove(ring: LogRing): void {
    this.#rings.delete(ring.executionId);
  }

  /** Everything anybody wrote is acknowledged. */
  get drained(): boolean {
    return [...this.#rings.values()].every((ring) => ring.drained);
  }

  /** Sends from now on through this client, beginning with the oldest unacknowledged chunk. */
  attach(client: WorkerAgentServiceClient): void {
    this.detach();
    this.#client = client;
    this.pump();
  }

  /** There is no gateway: chunks wait in their rings. */
  detach(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#client = null;
    const call = this.#call;
    this.#call = null;
    call?.cancel();
  }

  /** Sends what is there, as far as the stream takes it. */
  pump(): void {
    if (
      this.#call === null &&
      this.#client !== null &&
      this.#retry === undefined &&
      !this.drained
    ) {
      this.#call = this.#open(this.#client);
    }
    for (const ring of this.#rings.values()) {
      while (this.#call !== null && this.#writable) {
        const chunk = ring.next();
        if (chunk === null) break;
        this.#writable = this.#call.write(logChunk(ring.executionId, ring.fence, chunk));
      }
    }
  }

  #open(client: WorkerAgentServiceClient): ClientDuplexStream<LogChunk, LogChunkAck> {
    for (const ring of this.#rings.values()) ring.rewind();
    const call = client.streamLogs(this.#options.metadata);
    const mine = (act: () => void) => {
      if (call === this.#call) act();
    };
    call.on("error", () => undefined); // "status" tells the same and always comes
    call.on("data", (ack: LogChunkAck) => mine(() => this.#acknowledged(ack)));
    call.on("drain", () => mine(() => this.#drained()));
    call.on("status", ({ code, details }: StatusObject) => mine(() => this.#ended(code, details)));
    this.#writable = true;
    return call;
  }

  #acknowledged(ack: LogChunkAck): void {
    this.#failures = 0;
    const ring = this.#rings.get(ack.executionId);
    if (ring === undefined || ring.fence !== ack.fence) return;
    if (ack.refused) ring.refuse();
    else ring.acknowledge(ack.seq);
    this.#options.onProgress();
  }

  #drained(): void {
    this.#writable = true;
    this.pump();
  }

  #ended(code: status, details: string): void {
    this.#call = null;
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined;
        this.pump();
      },
      reconnectDelayMs(this.#failures++),
    );
    this.#options.onEnd(code, details);
  }
}
