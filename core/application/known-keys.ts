import { limits } from "#core/domain/limits.ts";
import type { ApiKeyStore, StoredApiKey } from "#core/ports/api-keys.ts";

/** What a process knows of a key. Instants: epoch ms of this process. */
export interface KnownKey extends StoredApiKey {
  /** null = never. */
  readonly expiresAt: number | null;
}

interface Entry {
  readonly readAt: number;
  readonly key: Promise<KnownKey | null>;
}

/**
 * The keys that this process read lately, and the ids that no key has. A look is shared by everybody
 * who asks meanwhile; one that fails is forgotten. Bounded: whoever was asked for longest ago goes.
 * Time is that of the wall, because a frozen Lambda process stops any other clock, and a revoked key
 * would live on for as long as it slept.
 */
export class KnownKeys {
  readonly #find: ApiKeyStore["find"];
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();

  constructor(find: ApiKeyStore["find"], now: () => number) {
    this.#find = find;
    this.#now = now;
  }

  /** null = there is no such key. Throws StoreUnavailable when it must look and cannot. */
  get(id: string): Promise<KnownKey | null> {
    const now = this.#now();
    const known = this.#entries.get(id);
    const age = known ? now - known.readAt : 0;
    const fresh = known && age >= 0 && age < limits.apiKeyCacheMs ? known : this.#look(id, now);
    this.#entries.delete(id);
    this.#entries.set(id, fresh);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > limits.apiKeyCacheEntriesMax && oldest !== undefined)
      this.#entries.delete(oldest);
    return fresh.key;
  }

  #look(id: string, readAt: number): Entry {
    const key = this.#find(id).then((found) => {
      if (found === null) return null;
      const { expiresInMs } = found;
      return { ...found, expiresAt: expiresInMs === null ? null : readAt + expiresInMs };
    });
    const entry = { readAt, key };
    key.catch(() => {
      if (this.#entries.get(id) === entry) this.#entries.delete(id);
    });
    return entry;
  }
}
