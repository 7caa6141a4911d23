import { setTimeout as sleep } from "node:timers/promises";
import type { handleServerStreamingCall, ServerWritableStream } from "@grpc/grpc-js";
import { DomainError } from "#core/domain/errors.ts";
import type { Hub } from "./hub.ts";
import { toStatus } from "./status.ts";

/** A call that is answered by many messages, as the function that answers it sees it. */
export class Listener<Request, Response> {
  readonly request: Request;
  readonly #call: ServerWritableStream<Request, Response>;
  readonly #over = new AbortController();

  constructor(call: ServerWritableStream<Request, Response>) {
    this.request = call.request;
    this.#call = call;
    for (const event of ["cancelled", "close", "error"])
      call.on(event, () => this.stop(new Error("the listener went away")));
  }

  /** Aborted with its reason when nobody listens any more, or the gateway leaves. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  stop(reason: unknown): void {
    this.#over.abort(reason);
  }

  /** Between two looks. Rejects when the call is over. */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.signal }).catch(() => this.signal.throwIfAborted());
  }

  /** Resolves when there is room for the next one; rejects when the call is over. */
  async send(message: Response): Promise<void> {
    this.signal.throwIfAborted();
    if (this.#call.write(message)) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stopped = () => reject(this.signal.reason);
    this.#call.once("drain", resolve);
    this.signal.addEventListener("abort", stopped);
    await promise.finally(() => {
      this.#call.off("drain", resolve);
      this.signal.removeEventListener("abort", stopped);
    });
  }
}

/**
 * A server-streaming method from an async function: the call ends when the function is done; its
 * errors become the catalogue's status. A gateway that leaves ends the call with UNAVAILABLE, so
 * that its client asks another one.
 */
export function serverStream<Request, Response>(
  hub: Hub,
  handle: (listener: Listener<Request, Response>) => Promise<void>,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    const listener = new Listener(call);
    const leave = () =>
      listener.stop(new DomainError("StoreUnavailable", "this gateway is leaving"));
    hub.leavingSignal.addEventListener("abort", leave);
    if (hub.leaving) leave();
    handle(listener)
      .then(
        () => call.end(),
        (error) => {
          if (!call.cancelled && !call.destroyed) call.emit("error", toStatus(error, hub.deps.log));
        },
      )
      .finally(() => hub.leavingSignal.removeEventListener("abort", leave));
  };
}
