import type { Scope } from "#core/domain/access/scope.ts";

/**
 * The API keys of an install. Only the SHA-256 of a key is kept. Methods throw DomainError
 * StoreUnavailable when the database cannot be reached, and may be repeated. What changes a key is recorded
 * in the audit log; `by`: who asked, null = nobody was asked who they are.
 */
export interface ApiKeyStore {
  /** null = the id is taken. */
  create(key: NewApiKey): Promise<ApiKeyView | null>;
  /** The newest first, revoked and expired ones too. */
  list(limit: number): Promise<ApiKeyView[]>;
  /** The key, revoked; revoking it again changes nothing. null = there is no such key. */
  revoke(id: string, by: string | null): Promise<ApiKeyView | null>;
  /** null = there is no such key. */
  find(id: string): Promise<StoredApiKey | null>;
  /** Notes that a key was used now, unless that was noted within `againAfterMs` or it is revoked. */
  noteUse(id: string, againAfterMs: number): Promise<void>;
}

export interface NewApiKey {
  readonly id: string;
  /** For people; not unique. */
  readonly name: string;
  readonly scope: Scope;
  /** Lower-case hex SHA-256 of the whole text of the key. */
  readonly keySha256: string;
  /** Who asked for it; null = somebody with access to the database. */
  readonly createdBy: string | null;
  /** From now; null = it never expires. */
  readonly lifetimeSeconds: number | null;
}

/** Instants: epoch ms of the database, null = never, or not yet. */
export interface ApiKeyView {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  readonly createdBy: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  /** To the minute. */
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** What is needed to judge a key that was shown. */
export interface StoredApiKey {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  readonly keySha256: string;
  readonly revoked: boolean;
  /** Negative = expired; null = never. By the clock of the database. */
  readonly expiresInMs: number | null;
  /** Since the last use that was noted; null = none was. */
  readonly usedAgoMs: number | null;
}

/** What cannot be guessed: an id of 64 bits and a secret of 256, as lower-case hex. */
export type MintApiKey = () => { readonly id: string; readonly secret: string };
