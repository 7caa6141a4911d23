/**
 * One-shot bootstrap tokens, derived and never stored: HMAC-SHA256(key, install | worker), so that
 * a repeated launch is byte-identical and the database holds only digests. Keys rotate by id.
 */
export interface BootstrapTokens {
  /** For a new worker, with the current key. */
  issue(installId: string, workerId: string): { readonly keyId: string; readonly sha256: string };
  /** The token itself, for the machine only. Throws when the key is no longer known. */
  derive(keyId: string, installId: string, workerId: string): string;
}

/** Lower-case hex SHA-256 of a token or session secret, as the database stores it. */
export type Digest = (secret: string) => string;
