import { DomainError } from "../errors.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** `isUuid` as JSON Schema. */
export const UUID_FORM = {
  type: "string",
  maxLength: 36,
  pattern: UUID.source.replaceAll("a-f", "a-fA-F"),
};

export const isUuid = (text: string): boolean => UUID.test(text.toLowerCase());

/** A UUID in lower case. Throws InvalidRequest that blames `path`. */
export function parseUuid(path: string, value: string): string {
  if (isUuid(value)) return value.toLowerCase();
  throw new DomainError("InvalidRequest", `${path} must be a UUID`, {
    fields: [{ path, message: "must be a UUID" }],
  });
}
