import { DomainError } from "#core/domain/errors.ts";
import { isUuid } from "#core/domain/spec/uuid.ts";

/** An id as the rows spell it (lower case), or null when the text is none. */
export const uuidOf = (text: string | undefined): string | null =>
  text !== undefined && isUuid(text) ? text.toLowerCase() : null;

/** The id in this field of a request. Throws InvalidRequest naming the path. */
export function requiredUuid(text: string | undefined, path: string): string {
  if (!text) throw invalidField(path, "is required", "required");
  const id = uuidOf(text);
  if (id === null) throw invalidField(path, "is not a UUID", "a UUID");
  return id;
}

export const invalidField = (path: string, problem: string, message: string): DomainError =>
  new DomainError("InvalidRequest", `${path} ${problem}`, { fields: [{ path, message }] });

/** A count in a request; 0 = not said. Throws InvalidRequest naming the path. */
export function wholeNumber(value: number, path: string): number {
  if (value < 0) throw invalidField(path, "is negative", "0 or more");
  return value;
}

/**
 * Text of a peer as the database can hold it: no NUL, no half of a surrogate pair, bounded. Writes
 * are gathered, so one unstorable text would refuse the results of every worker beside it.
 */
export const boundedText = (text: string, charsMax: number): string =>
  text.replaceAll("\u0000", "\ufffd").slice(0, charsMax).toWellFormed();

const YEAR_2000_MS = Date.UTC(2000, 0, 1);
const YEAR_3000_MS = Date.UTC(3000, 0, 1);

/** When a peer says something happened, epoch ms; what no clock can show is `receivedAtMs`. */
export function instantOf(at: Date | undefined, receivedAtMs: number): number {
  const ms = at?.getTime() ?? Number.NaN;
  return ms >= YEAR_2000_MS && ms < YEAR_3000_MS ? ms : receivedAtMs;
}
