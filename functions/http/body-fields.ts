import { DomainError, type FieldProblem } from "#core/domain/errors.ts";

/**
 * Reads a small JSON body strictly, as `openQuery` does a query: every field is asked for by name, then
 * `close` refuses the request with all problems at once, fields nobody asked for included.
 */
export interface BodyReader {
  /** The value as it is; null = absent. */
  value(name: string): unknown;
  number(name: string, bounds: { min: number; max: number }): number | null;
  flag(name: string): boolean | null;
  text(name: string, charsMax: number): string | null;
  refuse(path: string, message: string): void;
  /** Nothing was wrong so far. */
  isSound(): boolean;
  /** Throws InvalidRequest when anything was wrong. */
  close(): void;
}

/** Throws InvalidRequest when the body is no map; `example` says what it should look like. */
export function openBody(body: unknown, example: string): BodyReader {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalid([{ path: "", message: `must be a map ${example}` }]);
  const fields = new Map<string, unknown>(Object.entries(body));
  const known = new Set<string>();
  const problems: FieldProblem[] = [];
  const refuse = (path: string, message: string): void => void problems.push({ path, message });
  const value = (name: string): unknown => {
    known.add(name);
    return fields.get(name) ?? null;
  };
  const checked = <T>(name: string, accepts: (value: unknown) => boolean, rule: string) => {
    const given = value(name);
    if (given === null) return null;
    if (accepts(given)) return given as T;
    refuse(name, rule);
    return null;
  };
  return {
    ...{ value, refuse },
    number: (name, { min, max }) =>
      checked<number>(
        name,
        (given) => Number.isSafeInteger(given) && Number(given) >= min && Number(given) <= max,
        `must be a whole number from ${min} to ${max}`,
      ),
    flag: (name) =>
      checked<boolean>(name, (given) => typeof given === "boolean", "must be true or false"),
    text: (name, charsMax) =>
      checked<string>(
        name,
        (given) => isText(given) && given.length <= charsMax,
        `must be text of at most ${charsMax} characters`,
      ),
    isSound: () => problems.length === 0,
    close: () => {
      for (const name of fields.keys())
        if (!known.has(name)) refuse(name.slice(0, 80), "unknown field");
      if (problems.length > 0) throw invalid(problems);
    },
  };
}

const isText = (value: unknown): value is string =>
  typeof value === "string" && value.isWellFormed() && !value.includes("\0");

function invalid(fields: readonly FieldProblem[]): DomainError {
  const [first] = fields;
  const where = first?.path || "the body";
  return new DomainError("InvalidRequest", `${where} ${first?.message}`, { fields });
}
