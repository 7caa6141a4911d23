import type * as z from "zod/mini";
import { DomainError, type FieldProblem } from "../errors.ts";
import { limits } from "../limits.ts";
import type {
  ProviderKind,
  ProviderRecord,
  ProviderSettings,
  ProviderStatus,
} from "../provider/provider-record.ts";
import { formatFieldPath, joinFieldPaths } from "./field-path.ts";
import { copyPlainData } from "./plain-data.ts";
import {
  providerChangeSchema,
  providerConfigSchemas,
  providerInputSchema,
} from "./provider-input-schema.ts";
import { schemaProblems } from "./schema-problems.ts";

export interface NewProviderSettings extends Omit<ProviderSettings, "status"> {
  readonly kind: ProviderKind;
}

const MAX_WORKERS_DEFAULT = 10;

interface ReadableSchema<T> {
  readonly shape: object;
  safeParse(data: unknown): z.core.util.SafeParseResult<T>;
}

const CONFIG_SCHEMAS: Partial<Record<ProviderKind, ReadableSchema<object>>> = providerConfigSchemas;

/** A new provider as somebody writes it. Throws InvalidRequest with the path of every bad field. */
export function parseProvider(input: unknown): NewProviderSettings {
  const {
    name,
    kind,
    priority = 0,
    maxWorkers = MAX_WORKERS_DEFAULT,
    ...said
  } = read(providerInputSchema, input);
  return { name, kind, priority, maxWorkers, document: documentOf(said, kind, {}) };
}

export interface ProviderChange extends Omit<ProviderSettings, "status"> {
  /** null = as it is. */
  readonly status: ProviderStatus | null;
}

/**
 * The settings of a provider after a change; what is left out is as `known` has it, null in place of a map
 * or text takes it away. Throws InvalidRequest with the path of every bad field.
 */
export function parseProviderChange(input: unknown, known: ProviderRecord): ProviderChange {
  const { name, status, priority, maxWorkers, ...said } = read(providerChangeSchema, input);
  return {
    name: name ?? known.name,
    status: status ?? null,
    priority: priority ?? known.priority,
    maxWorkers: maxWorkers ?? known.maxWorkers,
    document: documentOf(said, known.kind, known.document),
  };
}

type Said = Omit<
  z.output<typeof providerChangeSchema>,
  "name" | "status" | "priority" | "maxWorkers"
>;
type Document = ProviderSettings["document"];

/** As gRPC keeps it too: what is null is left out. */
function documentOf({ config, ...said }: Said, kind: ProviderKind, known: Document): Document {
  const typeConfig = config === null ? null : keptConfig(config, kind);
  const empty = {
    ...{ tags: [], metadata: {}, allowedRegions: [], requiredLabels: {}, annotations: {} },
  };
  const merged = { ...empty, ...known, ...said, ...(config !== undefined && { typeConfig }) };
  const kept = { ...merged, capabilities: withoutNulls(merged.capabilities) };
  return withoutNulls(kept) ?? {};
}

function keptConfig(config: unknown, kind: ProviderKind): object | undefined {
  if (config === undefined) return undefined;
  const schema = CONFIG_SCHEMAS[kind];
  if (!schema)
    throw invalid([{ path: "config", message: `a provider of kind ${kind} has none here` }]);
  return { config: { $case: kind, value: read(schema, config, "config") } };
}

function withoutNulls(map: unknown): Record<string, unknown> | undefined {
  if (typeof map !== "object" || map === null) return undefined;
  const entries = Object.entries(map).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries);
}

function read<T>(schema: ReadableSchema<T>, input: unknown, at = ""): T {
  const { data, problems } = copyPlainData(input);
  const parsed = schema.safeParse(data);
  const known = Object.keys(schema.shape);
  const fields = [
    ...problems.map(({ path, message }) => ({ path: formatFieldPath(path), message })),
    ...(parsed.error?.issues ?? []).flatMap((issue) => schemaProblems(issue, known)),
  ].map(({ path, message }) => ({ path: at === "" ? path : joinFieldPaths(at, path), message }));
  if (!parsed.success || fields.length > 0) throw invalid(fields);
  return parsed.data;
}

/** One problem for each place, the first found. */
function invalid(problems: readonly FieldProblem[]): DomainError {
  const byPath = new Map(problems.toReversed().map((problem) => [problem.path, problem]));
  const fields = [...byPath.values()].reverse().slice(0, limits.bulkProblemsMax);
  const [first] = fields;
  return new DomainError(
    "InvalidRequest",
    `the provider is not valid: ${first?.path || "the document"} ${first?.message}`,
    { fields },
  );
}
