import { apiKeyText } from "#core/domain/access/api-key.ts";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { KeyRequest } from "#core/domain/spec/key-request.ts";
import type { ApiKeyStore, ApiKeyView, MintApiKey } from "#core/ports/api-keys.ts";
import type { Digest } from "#core/ports/bootstrap-tokens.ts";
import type { Log } from "#core/ports/log.ts";

export interface KeyDeps {
  readonly keys: Pick<ApiKeyStore, "create" | "list" | "revoke">;
  readonly mint: MintApiKey;
  readonly digest: Digest;
  readonly log: Log;
}

/** `text` is the key itself: shown now and never again, nobody keeps it. A secret. */
export interface CreatedKey {
  readonly key: ApiKeyView;
  readonly text: string;
}

/** What an admin may do with the keys of an install. */
export interface KeyOperations {
  create(request: KeyRequest, createdBy: string | null): Promise<CreatedKey>;
  /** The newest first, bounded by `pageItemsMax`; revoked and expired ones too. */
  list(): Promise<ApiKeyView[]>;
  /** Effective everywhere within `apiKeyCacheMs`. Again is harmless. Throws KeyNotFound. */
  revoke(id: string, revokedBy: string | null): Promise<ApiKeyView>;
}

/** Makes, shows and revokes keys. What is done is logged with who did it; the secret is not. */
export function keyOperations({ keys, mint, digest, log }: KeyDeps): KeyOperations {
  return {
    create: async ({ name, scope, lifetimeSeconds }, createdBy) => {
      const { id, secret } = mint();
      const text = apiKeyText(id, secret);
      const row = { id, name, scope, lifetimeSeconds, createdBy, keySha256: digest(text) };
      const key = await keys.create(row);
      if (key === null) throw new DomainError("Internal", "an id of 64 random bits was taken");
      log.info({ keyId: id, scope, by: createdBy }, "API key created");
      return { key, text };
    },
    list: () => keys.list(limits.pageItemsMax),
    revoke: async (id, revokedBy) => {
      const key = await keys.revoke(id, revokedBy);
      if (key === null) throw new DomainError("KeyNotFound", `there is no API key ${id}`);
      log.info({ keyId: id, by: revokedBy }, "API key revoked");
      return key;
    },
  };
}
