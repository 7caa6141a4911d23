import { DomainError, type FieldProblem, isDomainError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { Parameter } from "../template/parameter.ts";
import { readValue } from "../template/parameter-values.ts";
import { compilePattern, PatternError } from "../template/pattern.ts";
import type { TemplateDefinition } from "../template/template.ts";
import { formatFieldPath, joinFieldPaths } from "./field-path.ts";
import { parseRunSpec } from "./parse-run-spec.ts";
import { copyPlainData, type PlainData } from "./plain-data.ts";
import { isRunName } from "./run-name.ts";
import type { RunSpec } from "./run-spec.ts";
import { schemaProblems } from "./schema-problems.ts";
import { type ParsedParameter, templateInputSchema } from "./template-input-schema.ts";

const KNOWN = Object.keys(templateInputSchema.shape);

/** A template's document: what it says, and its name where one stands in it. */
export interface ParsedTemplate {
  readonly name: string | null;
  readonly definition: TemplateDefinition;
}

/**
 * The complete definition of a user's document (`TemplateInput`). Fields that are left out are those of
 * `base`, the version that is changed; without one `spec` is needed. The spec goes through the one parser
 * of specs; a run without a name of its own is named like the template. Throws InvalidSpec with every bad
 * field and its path, SpecTooLarge.
 */
export function parseTemplate(
  input: unknown,
  base: { readonly name: string; readonly definition: TemplateDefinition } | null,
): ParsedTemplate {
  const { data, problems } = copyPlainData(input);
  const fields: FieldProblem[] = problems.map(({ path, message }) => ({
    path: formatFieldPath(path),
    message,
  }));
  const parsed = templateInputSchema.safeParse(data);
  fields.push(...(parsed.error?.issues ?? []).flatMap((issue) => schemaProblems(issue, KNOWN)));
  const name = parsed.data?.name ?? base?.name ?? nameIn(data);
  const spec = readSpec(specIn(data), base?.definition.spec, name, fields);
  if (name === null) fields.push({ path: "name", message: "is required" });
  const parameters = readParameters(parsed.data?.parameters ?? [], fields);
  if (!parsed.success || spec === null || fields.length > 0) throw invalid(fields);
  const { description, labels } = parsed.data;
  const definition = {
    description: description ?? base?.definition.description ?? "",
    labels: labels ?? base?.definition.labels ?? {},
    spec,
    parameters: parsed.data.parameters ? parameters : (base?.definition.parameters ?? []),
  };
  refuseTooLarge(definition);
  return { name: parsed.data.name ?? null, definition };
}

function refuseTooLarge(definition: TemplateDefinition): void {
  const bytes = new TextEncoder().encode(JSON.stringify(definition)).length;
  if (bytes <= limits.templateBytesMax) return;
  throw new DomainError(
    "SpecTooLarge",
    `the template takes ${bytes} bytes as JSON; at most ${limits.templateBytesMax} are kept`,
  );
}

const isMap = (data: PlainData): data is { [key: string]: PlainData } =>
  typeof data === "object" && data !== null && !Array.isArray(data);
const nameIn = (data: PlainData): string | null =>
  isMap(data) && typeof data.name === "string" ? data.name : null;
const specIn = (data: PlainData): PlainData => (isMap(data) ? data.spec : undefined);

function readSpec(
  input: PlainData,
  base: RunSpec | undefined,
  name: string | null,
  fields: FieldProblem[],
): RunSpec | null {
  if (input === undefined && base) return base;
  if (!isMap(input)) {
    fields.push({ path: "spec", message: "must be the fields of a run" });
    return null;
  }
  try {
    const spec = parseRunSpec(
      name === null || !isRunName(name) || "name" in input ? input : { name, ...input },
    );
    if (spec.startAfter !== null)
      fields.push({ path: "spec.startAfter", message: "is an instant: no template has one" });
    return spec;
  } catch (error) {
    if (!isDomainError(error) || error.code !== "InvalidSpec") throw error;
    for (const { path, message } of error.fields)
      fields.push({ path: joinFieldPaths("spec", path), message });
    return null;
  }
}

function readParameters(inputs: readonly ParsedParameter[], fields: FieldProblem[]): Parameter[] {
  const seen = new Set<string>();
  return inputs.map((input, at) => {
    const path = `parameters[${at}]`;
    const parameter = complete(input);
    const lower = parameter.name.toLowerCase();
    if (seen.has(lower))
      fields.push({ path: `${path}.name`, message: "stands twice, capitals aside" });
    seen.add(lower);
    for (const [field, message] of contradictions(parameter))
      fields.push({ path: `${path}.${field}`, message });
    return parameter;
  });
}

const complete = (input: ParsedParameter): Parameter => ({
  name: input.name,
  type: input.type ?? "string",
  description: input.description ?? "",
  required: input.required ?? false,
  default: input.default ?? null,
  pattern: input.pattern ?? null,
  min: input.min ?? null,
  max: input.max ?? null,
  choices: input.choices ?? [],
});

/** Fields that do not go with the type or with each other. */
function contradictions(parameter: Parameter): [field: string, message: string][] {
  const { type, pattern, min, max, choices, required } = parameter;
  const found: [string, string][] = [];
  const isText = type === "string" || type === "secret";
  if (pattern !== null && !isText) found.push(["pattern", "goes with string and secret"]);
  const bad = pattern === null ? null : patternProblem(pattern);
  if (bad !== null) found.push(["pattern", bad]);
  if (min !== null && type !== "number") found.push(["min", "goes with number"]);
  if (max !== null && type !== "number") found.push(["max", "goes with number"]);
  if (min !== null && max !== null && max < min) found.push(["max", "must not be less than min"]);
  if (choices.length > 0 && type !== "choice") found.push(["choices", "goes with choice"]);
  if (choices.length === 0 && type === "choice") found.push(["choices", "must name a choice"]);
  if (new Set(choices).size < choices.length) found.push(["choices", "must differ"]);
  if (parameter.default === null || found.length > 0) return found;
  if (type === "secret") found.push(["default", "a secret has none: it would be shown"]);
  else if (required) found.push(["default", "what is required has none"]);
  else {
    const read = readValue(parameter, parameter.default);
    if ("problem" in read) found.push(["default", read.problem]);
    else if (read.value !== parameter.default) found.push(["default", `must be a ${type}`]);
  }
  return found;
}

function patternProblem(pattern: string): string | null {
  try {
    compilePattern(pattern);
    return null;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}

/** One problem for each place, the first found. */
function invalid(problems: readonly FieldProblem[]): DomainError {
  const byPath = new Map<string, FieldProblem>();
  for (const problem of problems) if (!byPath.has(problem.path)) byPath.set(problem.path, problem);
  const fields = [...byPath.values()].slice(0, limits.bulkProblemsMax);
  const [first] = fields;
  return new DomainError(
    "InvalidSpec",
    `the template cannot be taken: ${first?.path || "the document"} ${first?.message}`,
    { fields },
  );
}
