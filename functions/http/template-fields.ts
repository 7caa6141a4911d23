import { DomainError } from "#core/domain/errors.ts";

type Fields = Readonly<Record<string, unknown>>;

const KEY_CHARS_MAX = 80;

/**
 * The fields of a body that is a map, of which only the `known` may stand in it; an absent body has none.
 * Throws InvalidRequest with each unknown one.
 */
export function bodyFields(body: unknown, known: readonly string[]): Fields {
  if (body === undefined) return {};
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new DomainError("InvalidRequest", "the body must be a map of fields");
  const unknown = Object.keys(body).filter((key) => !known.includes(key));
  if (unknown.length === 0) return body as Fields;
  throw new DomainError("InvalidRequest", "the body has unknown fields", {
    fields: unknown.map((key) => ({ path: key.slice(0, KEY_CHARS_MAX), message: "unknown field" })),
  });
}

/** One bad field of a request. */
export const badField = (path: string, message: string): DomainError =>
  new DomainError("InvalidRequest", `${path} ${message}`, { fields: [{ path, message }] });

const VERSION_MAX = 2 ** 31 - 2;
export const VERSION_FORM = { type: "integer", minimum: 1, maximum: VERSION_MAX };

/** A version of a template, as a number; null = none was named. Throws InvalidRequest. */
export function readVersion(path: string, value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= VERSION_MAX)
    return Number(value);
  throw badField(path, "must be the number of a version");
}
