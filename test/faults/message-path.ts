import type { Readable, Writable } from "node:stream";
import type { MethodDefinition } from "@grpc/grpc-js";
import type { Tap } from "./grpc-proxy.ts";

/** What becomes of a message: */
export type MessageFate =
  | { readonly kind: "drop" } // it vanishes, and the call goes on
  | { readonly kind: "lose" } // the call breaks before it comes through
  | { readonly kind: "delay"; readonly ms: number } // it and what follows comes later
  | { readonly kind: "duplicate" }
  | { readonly kind: "reorder" }; // the next one overtakes it

/** Which messages meet which fate. */
export interface MessageFault {
  readonly fate: MessageFate;
  readonly direction: "up" | "down";
  /** End of the method's path: `/Register`. */
  readonly method: string;
  /** `message` is decoded; `worker` is "" where a call does not say who it is of. */
  matches(message: object, worker: string): boolean;
  /** How many messages still meet it; counted down. */
  times: number;
}

export interface PathOptions {
  readonly stream: number;
  readonly method: string;
  readonly definition: MethodDefinition<unknown, unknown>;
  readonly worker: string;
  readonly tap: Tap;
  readonly faults: ReadonlySet<MessageFault>;
  /** Breaks the whole call. */
  readonly lose: () => void;
}

/** One direction of one call. Messages leave in order unless a fault wants it otherwise. */
export class MessagePath {
  /** Others who hear what goes along here, and are not waited for. */
  also: () => Iterable<Writable> = () => [];
  readonly #from: Readable;
  readonly #to: Writable;
  readonly #direction: "up" | "down";
  readonly #options: PathOptions;
  #last: Promise<void> = Promise.resolve();
  #overtaken: Buffer | null = null;
  #broken = false;

  constructor(from: Readable, to: Writable, direction: "up" | "down", options: PathOptions) {
    this.#from = from;
    this.#to = to;
    this.#direction = direction;
    this.#options = options;
    from.on("data", (bytes: Buffer) => this.#take(bytes));
  }

  /** The sender has no more to say. */
  end(): void {
    this.finish(() => this.#to.end());
  }

  /** Calls back once everything taken so far is on its way. */
  finish(then: () => void): void {
    this.#last = this.#last.then(() => {
      this.#flush();
      if (!this.#broken) then();
    });
  }

  #take(bytes: Buffer): void {
    const message = this.#decode(bytes);
    const { stream, method, tap } = this.#options;
    tap({ stream, method, direction: this.#direction, message });
    const fate = this.#fateOf(message);
    this.#from.pause();
    this.#last = this.#last
      .then(() => this.#pass(bytes, fate))
      .then(() => void this.#from.resume());
  }

  #decode(bytes: Buffer): object | Buffer {
    const { definition } = this.#options;
    const decode =
      this.#direction === "up" ? definition.requestDeserialize : definition.responseDeserialize;
    try {
      return decode(bytes) as object;
    } catch {
      return bytes; // somebody sends what is no message; the receiver shall say so
    }
  }

  #fateOf(message: object | Buffer): MessageFate | null {
    const { faults, method, worker } = this.#options;
    for (const fault of faults) {
      if (fault.times === 0 || fault.direction !== this.#direction) continue;
      if (!method.endsWith(fault.method) || !fault.matches(message, worker)) continue;
      fault.times -= 1;
      return fault.fate;
    }
    return null;
  }

  async #pass(bytes: Buffer, fate: MessageFate | null): Promise<void> {
    if (this.#broken || fate?.kind === "drop") return;
    if (fate?.kind === "lose") {
      this.#broken = true;
      this.#options.lose();
      return;
    }
    if (fate?.kind === "reorder" && this.#overtaken === null) {
      this.#overtaken = bytes;
      return;
    }
    if (fate?.kind === "delay") await new Promise((resolve) => setTimeout(resolve, fate.ms));
    await this.#write(bytes);
    if (fate?.kind === "duplicate") await this.#write(bytes);
    this.#flush();
  }

  #flush(): void {
    const bytes = this.#overtaken;
    this.#overtaken = null;
    if (bytes !== null) void this.#write(bytes);
  }

  async #write(bytes: Buffer): Promise<void> {
    for (const other of this.also()) other.write(bytes);
    if (this.#to.destroyed || this.#to.writableEnded || this.#to.write(bytes)) return;
    await untilDrained(this.#to);
  }
}

/** Or until it is over. */
export function untilDrained(to: Writable): Promise<void> {
  const events = ["drain", "close", "error"];
  return new Promise<void>((resolve) => {
    const done = () => {
      for (const event of events) to.off(event, done);
      resolve();
    };
    for (const event of events) to.on(event, done);
  });
}
