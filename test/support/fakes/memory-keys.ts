import { createHash } from "node:crypto";
import { apiKeyText } from "#core/domain/access/api-key.ts";
import type { Scope } from "#core/domain/access/scope.ts";
import type { ApiKeyStore, ApiKeyView, NewApiKey } from "#core/ports/api-keys.ts";

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The text of a key of this number; no two numbers share an id or a secret. */
export const keyText = (number: number): string =>
  apiKeyText(number.toString(16).padStart(16, "0"), number.toString(16).padStart(64, "0"));

type Row = { -readonly [Field in keyof ApiKeyView]: ApiKeyView[Field] } & { keySha256: string };

/** A store of API keys in memory, its clock in the test's hands. */
export interface MemoryKeys extends ApiKeyStore {
  readonly rows: ReadonlyMap<string, ApiKeyView>;
  /** How often the rows were asked for a key. */
  readonly finds: readonly string[];
  readonly notes: readonly string[];
  /** Stores a key of this scope and answers its text. */
  add(scope: Scope, own?: Partial<NewApiKey>): string;
  /** Every call throws what this answers, until it is given null. */
  failWith(failure: (() => unknown) | null): void;
}

export function createMemoryKeys(now: () => number): MemoryKeys {
  const rows = new Map<string, Row>();
  const finds: string[] = [];
  const notes: string[] = [];
  let failure: (() => unknown) | null = null;
  const guard = () => {
    if (failure) throw failure();
  };
  const view = ({ keySha256: _, ...rest }: Row): ApiKeyView => rest;
  const insert = ({ lifetimeSeconds, ...key }: NewApiKey): Row => {
    const expiresAt = lifetimeSeconds === null ? null : now() + lifetimeSeconds * 1000;
    const row = { ...key, createdAt: now(), expiresAt, lastUsedAt: null, revokedAt: null };
    rows.set(key.id, row);
    return row;
  };
  return {
    rows,
    finds,
    notes,
    failWith: (next) => {
      failure = next;
    },
    add: (scope, own = {}) => {
      const text = keyText(rows.size + 1);
      const id = text.split("_")[1] ?? "";
      const base = { id, name: scope, scope, createdBy: null, lifetimeSeconds: null };
      insert({ ...base, keySha256: sha256(text), ...own });
      return text;
    },
    create: async (key) => {
      guard();
      return rows.has(key.id) ? null : view(insert(key));
    },
    list: async (limit) => {
      guard();
      return [...rows.values()].reverse().slice(0, limit).map(view);
    },
    revoke: async (id) => {
      guard();
      const row = rows.get(id);
      if (!row) return null;
      row.revokedAt ??= now();
      return view(row);
    },
    find: async (id) => {
      finds.push(id);
      guard();
      const row = rows.get(id);
      if (!row) return null;
      return {
        ...{ id, name: row.name, scope: row.scope, keySha256: row.keySha256 },
        revoked: row.revokedAt !== null,
        expiresInMs: row.expiresAt === null ? null : row.expiresAt - now(),
        usedAgoMs: row.lastUsedAt === null ? null : now() - row.lastUsedAt,
      };
    },
    noteUse: async (id) => {
      notes.push(id);
      guard();
      const row = rows.get(id);
      if (row && row.revokedAt === null) row.lastUsedAt = now();
    },
  };
}
