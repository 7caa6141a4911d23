import { isScope, SCOPES, type Scope } from "../access/scope.ts";
import { DomainError, type FieldProblem } from "../errors.ts";
import { limits } from "../limits.ts";

/** What somebody asks for who wants an API key. */
export interface KeyRequest {
  readonly name: string;
  readonly scope: Scope;
  /** null = it never expires. */
  readonly lifetimeSeconds: number | null;
}

/** It stands in tables and beside runs, so it is one line without anything odd. */
const NAME = new RegExp(`^[A-Za-z0-9][\\w .@:/-]{0,${limits.apiKeyNameCharsMax - 1}}$`);
const FIELDS = ["name", "scope", "lifetimeSeconds"];

/** `{ "name": text, "scope": scope, "lifetimeSeconds": n or null }`. Throws InvalidRequest. */
export function parseKeyRequest(body: unknown): KeyRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalid([
      { path: "", message: 'must be a map such as {"name": "ci", "scope": "submit"}' },
    ]);
  const { name, scope, lifetimeSeconds = null } = body as Readonly<Record<string, unknown>>;
  const problems: FieldProblem[] = Object.keys(body)
    .filter((key) => !FIELDS.includes(key))
    .map((key) => ({ path: key.slice(0, 80), message: "unknown field" }));
  const check = (path: string, isGood: boolean, message: string): void => {
    if (!isGood) problems.push({ path, message });
  };
  check(
    "name",
    typeof name === "string" && NAME.test(name) && !name.endsWith(" "),
    `must be 1 to ${limits.apiKeyNameCharsMax} letters, digits, blanks and any of _.@:/-`,
  );
  check("scope", isScope(scope), `must be one of ${SCOPES.join(", ")}`);
  const max = limits.apiKeyLifetimeSecondsMax;
  check(
    "lifetimeSeconds",
    lifetimeSeconds === null || isWithin(lifetimeSeconds, max),
    `must be a whole number from 1 to ${max}, or null for a key that never expires`,
  );
  if (problems.length > 0) throw invalid(problems);
  return { name, scope, lifetimeSeconds } as KeyRequest;
}

const isWithin = (value: unknown, max: number): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max;

const invalid = (fields: readonly FieldProblem[]): DomainError =>
  new DomainError("InvalidRequest", "the request for an API key has bad fields", { fields });
