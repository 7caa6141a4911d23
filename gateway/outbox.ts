import type { ServerDuplexStream } from "@grpc/grpc-js";
import { limits } from "#core/domain/limits.ts";
import type { ServerMessage, WorkerMessage } from "#proto/hodei.ts";

export type WorkerCall = ServerDuplexStream<WorkerMessage, ServerMessage>;
type Payload = NonNullable<ServerMessage["payload"]>;

/**
 * What goes down one worker's stream. Sending never waits: when the stream is full the messages
 * queue here, bounded; a worker that reads nothing for so long is cut off (it attaches again and
 * gets everything from the rows). `onOver` is called once, when the stream is over for any reason:
 * the end that we write reaches a peer that does not read only when it reads again.
 */
export class Outbox {
  readonly #call: WorkerCall;
  readonly #onOver: () => void;
  readonly #queue: Payload[] = [];
  #full = false;
  #over = false;

  constructor(call: WorkerCall, onOver: () => void) {
    this.#call = call;
    this.#onOver = onOver;
    call.on("drain", () => {
      this.#full = false;
      this.#flush();
    });
    for (const event of ["close", "error", "cancelled"]) call.on(event, () => this.#close());
  }

  /** true: nothing goes down any more, and nothing that comes up counts. */
  get over(): boolean {
    return this.#over;
  }

  /** false: the message was not taken, the stream is over or hopelessly full. */
  send(payload: Payload): boolean {
    if (this.#over || this.#call.destroyed) return false;
    this.#queue.push(payload);
    if (this.#queue.length > limits.outboxMessagesMax) {
      this.end();
      return false;
    }
    this.#flush();
    return true;
  }

  end(): void {
    if (this.#over) return;
    this.#close();
    this.#call.end();
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#queue.length = 0;
    this.#onOver();
  }

  #flush(): void {
    while (!this.#full && !this.#over) {
      const payload = this.#queue.shift();
      if (!payload) return;
      this.#full = !this.#call.write({ payload });
    }
  }
}
