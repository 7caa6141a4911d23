/** A rate with room for a burst. */
export interface BucketRate {
  readonly burst: number;
  readonly perSecond: number;
}

export interface Bucket {
  readonly tokens: number;
  /** Epoch ms at which it held that many. */
  readonly at: number;
}

/**
 * Takes one token of a bucket (null = it is full). `waitMs` 0 = it was there; otherwise nothing was
 * taken, and after so long there is one. A clock that was set back only stops the filling.
 */
export function takeToken(
  bucket: Bucket | null,
  now: number,
  { burst, perSecond }: BucketRate,
): { readonly bucket: Bucket; readonly waitMs: number } {
  const { tokens, at } = bucket ?? { tokens: burst, at: now };
  const filled = Math.min(burst, tokens + (Math.max(0, now - at) / 1000) * perSecond);
  if (filled >= 1) return { bucket: { tokens: filled - 1, at: now }, waitMs: 0 };
  const waitMs = Math.ceil(((1 - filled) / perSecond) * 1000);
  return { bucket: { tokens: filled, at: now }, waitMs };
}
