import { specBounds } from "./bounds.ts";

/** What JSON can say. `undefined` stands where something unusable was found and reported. */
export type PlainData =
  | null
  | undefined
  | boolean
  | number
  | string
  | PlainData[]
  | { [key: string]: PlainData };

const UNSTORABLE = "must not hold a NUL byte or half a surrogate pair";

/** A bad place, its path not yet formatted. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * A copy of what came from outside that holds nothing but plain data, and a problem for
 * everything that is none: NUL and half surrogates (no JSON document of the database can hold
 * them), `__proto__`, NaN, class instances, depth and number without end (cycles included).
 */
export function copyPlainData(input: unknown): { data: PlainData; problems: Problem[] } {
  const problems: Problem[] = [];
  let left: number = specBounds.valuesMax;

  const refuse = (path: Problem["path"], message: string): undefined => {
    problems.push({ path, message });
  };

  const copy = (value: unknown, path: Problem["path"]): PlainData => {
    if (left-- <= 0) {
      return left === -1 ? refuse(path, `more than ${specBounds.valuesMax} values`) : undefined;
    }
    if (value === null || value === undefined || typeof value === "boolean") return value;
    if (typeof value === "string") {
      return isStorable(value) ? value : refuse(path, UNSTORABLE);
    }
    if (typeof value === "number") {
      return Number.isFinite(value) ? value : refuse(path, "must be a finite number");
    }
    if (path.length >= specBounds.depthMax) {
      return refuse(path, `nested deeper than ${specBounds.depthMax} levels`);
    }
    if (Array.isArray(value))
      return Array.from(value, (item, index) => copy(item, [...path, index]));
    if (isPlainObject(value)) return copyObject(value, path);
    return refuse(path, "must be text, a number, true, false, null, a list or a map");
  };

  const copyObject = (object: object, path: Problem["path"]): PlainData => {
    const result: { [key: string]: PlainData } = {};
    for (const [key, value] of Object.entries(object)) {
      const at = [...path, key];
      if (key === "__proto__") refuse(at, "is not allowed as a key");
      else if (isStorable(key)) result[key] = copy(value, at);
      else refuse(at, UNSTORABLE);
    }
    return result;
  };

  return { data: copy(input, []), problems };
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes("\0");

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
