import { createHash, createHmac } from "node:crypto";
import type { BootstrapTokens } from "#core/ports/bootstrap-tokens.ts";

/** Keys by id; the newest is used for new workers, older ones only for launches under way. */
export interface BootstrapKeys {
  readonly currentId: string;
  readonly keys: Readonly<Record<string, string>>;
}

/** The digest under which tokens and session secrets are stored: lower-case hex SHA-256. */
export const sha256Hex = (secret: string): string =>
  createHash("sha256").update(secret).digest("hex");

/** Tokens of 256 bits, base64url, derived from a key that never leaves the control plane. */
export function createHmacTokens({ currentId, keys }: BootstrapKeys): BootstrapTokens {
  const derive = (keyId: string, installId: string, workerId: string): string => {
    const key = keys[keyId];
    if (!key) throw new Error(`bootstrap key ${keyId} is not configured`);
    return createHmac("sha256", key)
      .update(`hodei-bootstrap|${installId}|${workerId}`)
      .digest("base64url");
  };
  return {
    derive,
    issue: (installId, workerId) => ({
      keyId: currentId,
      sha256: sha256Hex(derive(currentId, installId, workerId)),
    }),
  };
}
