import { parseAllDocuments } from "yaml";
import type { RunInput } from "#core/domain/spec/run-input.ts";
import { CliError } from "./cli-error.ts";

const ALIASES_MAX = 100; // a document must not unfold without end

/**
 * The documents of a file, JSON or YAML, each one a run; empty ones do not count. What stands in
 * them is checked by the server, so that there is one place that knows the rules.
 */
export function readSpecDocuments(text: string, source: string): RunInput[] {
  const found = readMaps(text, source, "a run");
  if (found.some((document) => Object.hasOwn(document, "idempotencyKey")))
    throw new CliError(`${source}: idempotencyKey is not a field of a run`);
  return found;
}

/** The documents of a file, each one a map of the fields of what is named. Throws CliError. */
export function readMaps(text: string, source: string, what: string): object[] {
  const documents = parseAllDocuments(text, { prettyErrors: true, logLevel: "error" });
  const found: object[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) throw new CliError(`${source}: ${error.message}`);
    const value = toPlain(() => document.toJS({ maxAliasCount: ALIASES_MAX }), source);
    if (value === null || value === undefined) continue;
    if (typeof value !== "object" || Array.isArray(value)) {
      throw new CliError(`${source}: each document must be a map of the fields of ${what}`);
    }
    found.push(value);
  }
  if (found.length === 0)
    throw new CliError(`${source}: there is no ${what.replace(/^an? /, "")} in it`);
  return found;
}

function toPlain(unfold: () => unknown, source: string): unknown {
  try {
    return unfold();
  } catch (cause) {
    throw new CliError(`${source}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

const COMMAND_FORMS = ["command", "shell", "script"] as const;

/** A document as the command line changes it: maps are merged, a command replaces the command. */
export function overrideSpec(document: RunInput, changes: RunInput): RunInput {
  const merged: Record<string, unknown> = { ...document };
  if (COMMAND_FORMS.some((form) => form in changes)) {
    for (const form of COMMAND_FORMS) delete merged[form];
  }
  for (const [field, value] of Object.entries(changes)) {
    merged[field] = isMap(merged[field]) && isMap(value) ? { ...merged[field], ...value } : value;
  }
  return merged;
}

const isMap = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
