import type { EventEmitter } from "node:events";
import { DomainError } from "#core/domain/errors.ts";

const ENDS = ["close", "error", "cancelled"];
const RETRY_AFTER_MS = 1_000;

/** How many streams each peer has open at this gateway, bounded: one costs for as long as it is open. */
export class OpenStreams {
  readonly #open = new Map<string | null, number>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Counts this stream until it ends. Throws RateLimited when its peer has too many. */
  count(peer: string | null, stream: EventEmitter): void {
    const open = this.of(peer);
    if (open >= this.#max)
      throw new DomainError("RateLimited", "too many streams of this caller are open", {
        retryAfterMs: RETRY_AFTER_MS,
      });
    this.#open.set(peer, open + 1);
    let isOpen = true;
    const end = () => {
      if (!isOpen) return;
      isOpen = false;
      const left = this.of(peer) - 1;
      if (left > 0) this.#open.set(peer, left);
      else this.#open.delete(peer);
    };
    for (const event of ENDS) stream.once(event, end);
  }

  of(peer: string | null): number {
    return this.#open.get(peer) ?? 0;
  }
}
