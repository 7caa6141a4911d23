import { type ArrayItem, parseArrayLiteral } from "./array-literal.ts";

/** One value of a result as the service says it: exactly one member is set. */
export type Field = Readonly<Record<string, unknown>>;

export interface FieldOptions {
  readonly decimalReturnType?: "STRING" | "DOUBLE_OR_LONG";
  readonly longReturnType?: "STRING" | "LONG";
}

/** Type numbers of pg_type, fixed since the beginning of Postgres. */
const BOOL = 16;
const BYTEA = 17;
const LONGS = new Set([20, 21, 23, 26]);
const DOUBLES = new Set([700, 701]);
const NUMERIC = 1700;
const TIMESTAMPS = new Set([1114, 1184]);
type ArrayKind = readonly [member: string, read: (text: string) => unknown];
const ofKind = (oids: number[], ...kind: ArrayKind): [number, ArrayKind][] =>
  oids.map((oid) => [oid, kind]);
const ARRAYS = new Map<number, ArrayKind>([
  ...ofKind([1000], "booleanValues", (text) => text === "t"),
  ...ofKind([1005, 1007, 1016], "longValues", Number),
  ...ofKind([1021, 1022], "doubleValues", Number),
  ...ofKind([199, 1009, 1015, 1231, 2951, 3807], "stringValues", String),
]);
/** The session runs in UTC; the service leaves the zone out. */
const ZONE = /[+-]\d\d(:?\d\d)?$/;

/** Turns the server's text of one value into a field. */
export function resultField(oid: number, text: string | null, options: FieldOptions): Field {
  if (text === null) return { isNull: true };
  if (oid === BOOL) return { booleanValue: text === "t" };
  if (LONGS.has(oid)) {
    return options.longReturnType === "STRING"
      ? { stringValue: text }
      : { longValue: Number(text) };
  }
  if (DOUBLES.has(oid)) return { doubleValue: Number(text) };
  if (oid === NUMERIC && options.decimalReturnType === "DOUBLE_OR_LONG") {
    return /^-?\d+$/.test(text) ? { longValue: Number(text) } : { doubleValue: Number(text) };
  }
  if (oid === BYTEA) return { blobValue: Buffer.from(text.slice(2), "hex").toString("base64") };
  if (TIMESTAMPS.has(oid)) return { stringValue: text.replace(ZONE, "") };
  const array = ARRAYS.get(oid);
  if (array) return { arrayValue: arrayValue(parseArrayLiteral(text), ...array) };
  return { stringValue: text };
}

function arrayValue(items: ArrayItem[], member: string, read: (text: string) => unknown): object {
  if (items.some(Array.isArray)) {
    return { arrayValues: items.map((item) => arrayValue(item as ArrayItem[], member, read)) };
  }
  return { [member]: items.map((item) => (item === null ? null : read(item as string))) };
}

/** The value inside a field, for `formatRecordsAs: JSON`. */
export function plainValue(field: Field): unknown {
  if (field.isNull) return null;
  const [value] = Object.values(field);
  return value;
}
