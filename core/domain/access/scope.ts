/**
 * What a caller may do, as a ladder: `admin` may what `submit` may, and `submit` may what `read` may.
 * Whoever submits must be able to follow what he submitted, and an install is one trust domain, so
 * there is nothing that one could do and not see.
 */
export const SCOPES = ["read", "submit", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export const isScope = (value: unknown): value is Scope => SCOPES.includes(value as Scope);

/** Whether who holds a scope may do what needs another. */
export const covers = (held: Scope, needed: Scope): boolean =>
  SCOPES.indexOf(held) >= SCOPES.indexOf(needed);
