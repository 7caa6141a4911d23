import type * as z from "zod/mini";

type Variables = Readonly<Record<string, string | undefined>>;

/** Every variable that is missing or wrong, at once, by name; never a value (it may be a secret). */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`the configuration is not usable: ${problems.join("; ")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/**
 * Reads a process environment into typed values and gathers what is wrong with it: ask for all
 * values first, then call `done`, which throws ConfigError when anything was wrong.
 */
export class Environment {
  readonly #variables: Variables;
  readonly #problems: string[] = [];

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  /** The first of these names that is set. */
  text(names: string | readonly string[], fallback?: string): string {
    const all = [names].flat();
    const value = all
      .map((name) => this.#variables[name])
      .find((text) => text !== undefined && text !== "");
    if (value !== undefined) return value;
    if (fallback === undefined) this.#problems.push(`${all.join(" or ")} is not set`);
    return fallback ?? "";
  }

  list(name: string, fallback?: string): string[] {
    return this.text(name, fallback)
      .split(",")
      .map((item) => item.trim())
      .filter(Boolean);
  }

  integer(name: string, fallback: number, range: { min: number; max: number }): number {
    const text = this.#variables[name];
    if (text === undefined || text === "") return fallback;
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= range.min && value <= range.max) return value;
    this.#problems.push(`${name} is not a whole number from ${range.min} to ${range.max}`);
    return fallback;
  }

  flag(name: string): boolean {
    const text = this.#variables[name] ?? "";
    if (["", "0", "false"].includes(text)) return false;
    if (["1", "true"].includes(text)) return true;
    this.#problems.push(`${name} is neither true nor false`);
    return false;
  }

  /** One of a few words. */
  word(name: string, words: readonly string[], fallback: string): string {
    const text = this.text(name, fallback);
    if (words.includes(text)) return text;
    this.#problems.push(`${name} is not of ${words.join(", ")}`);
    return fallback;
  }

  /** An address with a host and one of these schemes; problems never show it, it may hold a password. */
  address(
    names: string | readonly string[],
    schemes: readonly string[],
    fallback?: string,
  ): string {
    const text = this.text(names, fallback);
    const url = URL.parse(text);
    if (text === "" || (url && schemes.includes(url.protocol.slice(0, -1)))) return text;
    const [named, wanted] = [[names].flat().join(" or "), schemes.join(" or ")];
    this.#problems.push(`${named} is no ${wanted} address`);
    return text;
  }

  /** A JSON document of a known shape; problems name the path inside it. */
  json<S extends z.ZodMiniType>(
    name: string,
    schema: S,
    fallback?: z.input<S>,
  ): z.output<S> | undefined {
    const text = this.#variables[name];
    if ((text === undefined || text === "") && fallback !== undefined)
      return schema.parse(fallback);
    if (text === undefined || text === "") {
      this.#problems.push(`${name} is not set`);
      return undefined;
    }
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues)
      this.#problems.push(`${[name, ...path].join(".")}: ${message}`);
    return undefined;
  }

  problem(text: string): void {
    this.#problems.push(text);
  }

  /** Answers the configuration built from what was read, or throws everything that is wrong. */
  done<T>(build: () => T): T {
    if (this.#problems.length > 0) throw new ConfigError(this.#problems);
    return build();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says that it is not what it should be
  }
}
