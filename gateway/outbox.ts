import type { ServerDuplexStream } from "@grpc/grpc-js";
import { limits } from "#core/domain/limits.ts";
import type { ServerMessage, WorkerMessage } from "#proto/hodei.ts";

export type WorkerCall = ServerDuplexStream<WorkerMessage, ServerMessage>;
type Payload = NonNullable<ServerMessage["payload"]>;

/**
 * What goes down one worker's stream. Sending never waits: when the stream is full the messages
 * queue here, bounded; a worker that reads nothing for so long is cut off (it attaches again and
 * gets everything from the rows).
 */
export class Outbox {
  readonly #call: WorkerCall;
  readonly #queue: Payload[] = [];
  #full = false;
  #closed = false;

  constructor(call: WorkerCall) {
    this.#call = call;
    call.on("drain", () => {
      this.#full = false;
      this.#flush();
    });
    for (const event of ["close", "error", "cancelled"])
      call.on(event, () => {
        this.#closed = true;
      });
  }

  /** false: the message was not taken, the stream is closed or hopelessly full. */
  send(payload: Payload): boolean {
    if (this.#closed || this.#call.destroyed) return false;
    this.#queue.push(payload);
    if (this.#queue.length > limits.outboxMessagesMax) {
      this.end();
      return false;
    }
    this.#flush();
    return true;
  }

  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#call.end();
  }

  #flush(): void {
    while (!this.#full && !this.#closed && this.#queue.length > 0) {
      const payload = this.#queue.shift();
      if (payload) this.#full = !this.#call.write({ payload });
    }
  }
}
