import { type Bucket, type BucketRate, takeToken } from "#core/domain/access/token-bucket.ts";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";

/**
 * How fast one key may call this process. Each process counts for itself, so this stops a client that
 * runs wild and is no quota: what an install takes in all is the front's to bound.
 */
export class CallRates {
  readonly #rate: BucketRate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(
    rate: BucketRate = { burst: limits.keyCallsBurst, perSecond: limits.keyCallsPerSecond },
  ) {
    this.#rate = rate;
  }

  /** Counts one call. Throws RateLimited. */
  take(keyId: string, now: number): void {
    const { bucket, waitMs } = takeToken(this.#buckets.get(keyId) ?? null, now, this.#rate);
    this.#buckets.delete(keyId);
    this.#buckets.set(keyId, bucket);
    // Whoever has not called for longest has a full bucket, which is what a new one is.
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > limits.apiKeyCacheEntriesMax && oldest !== undefined)
      this.#buckets.delete(oldest);
    if (waitMs === 0) return;
    throw new DomainError("RateLimited", "too many calls with this API key; slow down", {
      retryAfterMs: waitMs,
    });
  }
}
