/** Why a call is refused; for the log alone, the caller hears the same of all of them. */
export type KeyRefusal =
  | "no-key"
  | "malformed"
  | "unknown"
  | "wrong-secret"
  | "revoked"
  | "expired";

/** What decides about a key that was shown. */
export interface ShownKey {
  /** The digest of what was shown is the stored one. */
  readonly secretMatches: boolean;
  readonly revoked: boolean;
  /** Epoch ms; null = never. */
  readonly expiresAt: number | null;
}

/** Whether a key that was shown counts at this instant (epoch ms); null = it does. */
export function refusalOf(key: ShownKey | null, now: number): KeyRefusal | null {
  if (key === null) return "unknown";
  if (!key.secretMatches) return "wrong-secret";
  if (key.revoked) return "revoked";
  return key.expiresAt !== null && key.expiresAt <= now ? "expired" : null;
}
