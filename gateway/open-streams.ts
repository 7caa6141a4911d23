import type { EventEmitter } from "node:events";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";

const ENDS = ["close", "error", "cancelled"];
const RETRY_AFTER_MS = 1_000;

/** How many streams each key has open at this gateway, bounded: a stream costs as long as it is open. */
export class OpenStreams {
  readonly #open = new Map<string | null, number>();
  readonly #max: number;

  constructor(max: number = limits.keyStreamsMax) {
    this.#max = max;
  }

  /** Counts this stream until it ends. Throws RateLimited when the key has too many. */
  count(keyId: string | null, stream: EventEmitter): void {
    const open = this.of(keyId);
    if (open >= this.#max)
      throw new DomainError("RateLimited", "too many streams are open with this API key", {
        retryAfterMs: RETRY_AFTER_MS,
      });
    this.#open.set(keyId, open + 1);
    let isOpen = true;
    const end = () => {
      if (!isOpen) return;
      isOpen = false;
      const left = this.of(keyId) - 1;
      if (left > 0) this.#open.set(keyId, left);
      else this.#open.delete(keyId);
    };
    for (const event of ENDS) stream.once(event, end);
  }

  of(keyId: string | null): number {
    return this.#open.get(keyId) ?? 0;
  }
}
