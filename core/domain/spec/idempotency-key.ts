import { DomainError } from "../errors.ts";
import { limits } from "../limits.ts";

// No comma: two headers of one name arrive joined by one, and must not pass for a key.
const KEY = /^[!-+\--~]+$/;

export const IDEMPOTENCY_KEY_FORM = {
  type: "string",
  maxLength: limits.idempotencyKeyCharsMax,
  pattern: KEY.source,
};

const isIdempotencyKey = (value: unknown): value is string =>
  typeof value === "string" && value.length <= limits.idempotencyKeyCharsMax && KEY.test(value);

/** The caller's name for one submit, or null when none was sent. Throws InvalidRequest. */
export function parseIdempotencyKey(value: string | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (isIdempotencyKey(value)) return value;
  const message = `must be sent once and hold 1 to ${limits.idempotencyKeyCharsMax} visible ASCII characters, without comma`;
  throw new DomainError("InvalidRequest", `Idempotency-Key ${message}`, {
    fields: [{ path: "Idempotency-Key", message }],
  });
}

/** The same as a field `idempotencyKey` of a document. Throws InvalidRequest. */
export function parseKeyField(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (isIdempotencyKey(value)) return value;
  const message = `must hold 1 to ${limits.idempotencyKeyCharsMax} visible ASCII characters, without comma`;
  throw new DomainError("InvalidRequest", `idempotencyKey ${message}`, {
    fields: [{ path: "idempotencyKey", message }],
  });
}
