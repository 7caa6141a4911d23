import { DomainError, type FieldProblem } from "#core/domain/errors.ts";

/**
 * Reads the query string strictly: every parameter is asked for by name, then `close` refuses the
 * request with all problems at once, parameters nobody asked for included.
 */
export interface Query {
  /** The value of a parameter that may stand once; null = absent. */
  one(name: string): string | null;
  /** The values of a repeatable parameter. */
  many(name: string): string[];
  /** A whole number within bounds; `fallback` when absent. */
  number(name: string, bounds: { min: number; max: number; fallback: number }): number;
  /** `true` or `false`; false when absent. */
  flag(name: string): boolean;
  refuse(name: string, message: string): void;
  /** Throws InvalidRequest when anything was wrong. */
  close(): void;
}

export function openQuery(url: string): Query {
  const parameters = new URL(url).searchParams;
  const known = new Set<string>();
  const problems: FieldProblem[] = [];

  const many = (name: string): string[] => {
    known.add(name);
    return parameters.getAll(name);
  };
  const refuse = (path: string, message: string): void => {
    problems.push({ path, message });
  };
  const one = (name: string): string | null => {
    const values = many(name);
    if (values.length > 1) refuse(name, "may be given once");
    return values[0] ?? null;
  };

  return {
    one,
    many,
    refuse,
    number: (name, { min, max, fallback }) => {
      const text = one(name);
      if (text === null) return fallback;
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= min && value <= max) return value;
      refuse(name, `must be a whole number from ${min} to ${max}`);
      return fallback;
    },
    flag: (name) => {
      const text = one(name);
      if (text !== null && text !== "true" && text !== "false")
        refuse(name, "must be true or false");
      return text === "true";
    },
    close: () => {
      for (const name of new Set(parameters.keys())) {
        if (!known.has(name)) refuse(name.slice(0, 80), "unknown parameter");
      }
      const [first] = problems;
      if (first === undefined) return;
      throw new DomainError("InvalidRequest", `query parameter ${first.path}: ${first.message}`, {
        fields: problems,
      });
    },
  };
}
