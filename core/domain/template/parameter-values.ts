import { DomainError, type FieldProblem } from "../errors.ts";
import { limits } from "../limits.ts";
import { closestWord } from "../spec/closest-word.ts";
import { formatFieldPath } from "../spec/field-path.ts";
import { copyPlainData } from "../spec/plain-data.ts";
import type { Parameter, ParameterValue, ShownValues } from "./parameter.ts";
import { compilePattern } from "./pattern.ts";

/** The values of a run: `shown` has null in place of each of `secrets`. */
export interface ParameterValues {
  readonly shown: ShownValues;
  readonly secrets: Readonly<Record<string, string>>;
}

const FIELD = "parameters";

/**
 * The values a run of these parameters gets from what its caller gave: a map by name, undefined = empty.
 * Numbers and booleans may be given as text (`"5"`, `"true"`), because command lines know nothing else.
 * What is left out gets its default, or no value. Throws InvalidRequest with the path of everything
 * that is unknown, missing or wrong; no message repeats a value.
 */
export function parameterValues(
  parameters: readonly Parameter[],
  given: unknown = {},
): ParameterValues {
  const { data, problems } = copyPlainData(given);
  if (typeof data !== "object" || data === null || Array.isArray(data))
    throw refusal([{ path: FIELD, message: "must be a map of values by name" }]);
  const fields = problems.map(({ path, message }) => ({ path: pathOf(...path), message }));
  fields.push(...unknownNames(parameters, Object.keys(data)));
  const shown: Record<string, ParameterValue | null> = {};
  const secrets: Record<string, string> = {};
  for (const parameter of parameters) {
    const { name } = parameter;
    const value = (Object.hasOwn(data, name) ? data[name] : undefined) ?? parameter.default;
    if (value === null) {
      if (parameter.required) fields.push({ path: pathOf(name), message: "is required" });
      continue;
    }
    const read = readValue(parameter, value);
    if ("problem" in read) fields.push({ path: pathOf(name), message: read.problem });
    else if (parameter.type === "secret") {
      secrets[name] = String(read.value);
      shown[name] = null;
    } else shown[name] = read.value;
  }
  const bytes = new TextEncoder().encode(JSON.stringify({ ...shown, ...secrets })).length;
  if (bytes > limits.parameterBytesMax)
    fields.push({ path: FIELD, message: `at most ${limits.parameterBytesMax} bytes as JSON` });
  if (fields.length > 0) throw refusal(fields);
  return { shown, secrets };
}

type Read = { readonly value: ParameterValue } | { readonly problem: string };

/** A value as its parameter has it, or what is wrong with it. */
export function readValue(parameter: Parameter, value: unknown): Read {
  switch (parameter.type) {
    case "number":
      return readNumber(parameter, value);
    case "boolean":
      if (value === true || value === "true") return { value: true };
      return value === false || value === "false"
        ? { value: false }
        : { problem: "must be true or false" };
    case "choice":
      return typeof value === "string" && parameter.choices.includes(value)
        ? { value }
        : { problem: `must be one of ${parameter.choices.join(", ")}` };
    case "string":
    case "secret":
      return readText(parameter, value);
    default:
      return parameter.type satisfies never;
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function readNumber({ min, max }: Parameter, given: unknown): Read {
  const isText = typeof given === "string" && given.length <= 64 && NUMBER.test(given);
  const value = isText ? Number(given) : given;
  if (typeof value !== "number" || !Number.isFinite(value)) return { problem: "must be a number" };
  if (min !== null && value < min) return { problem: `must not be less than ${min}` };
  if (max !== null && value > max) return { problem: `must not be more than ${max}` };
  return { value };
}

function readText({ pattern }: Parameter, value: unknown): Read {
  if (typeof value !== "string") return { problem: "must be text" };
  // A value beyond the bound of all of them is refused there; here it would only cost time.
  if (pattern === null || value.length > limits.parameterBytesMax) return { value };
  return compilePattern(pattern)(value) ? { value } : { problem: `must match ${pattern}` };
}

function unknownNames(parameters: readonly Parameter[], given: readonly string[]): FieldProblem[] {
  const known = parameters.map(({ name }) => name);
  return given
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = closestWord(name, known);
      const hint = meant === null ? "" : `; did you mean ${meant}?`;
      return { path: pathOf(name), message: `the template has no such parameter${hint}` };
    });
}

const pathOf = (...names: PropertyKey[]): string => formatFieldPath([FIELD, ...names]);

function refusal(fields: readonly FieldProblem[]): DomainError {
  const [first] = fields;
  const shown = fields.slice(0, limits.bulkProblemsMax);
  return new DomainError("InvalidRequest", `${first?.path} ${first?.message}`, { fields: shown });
}
