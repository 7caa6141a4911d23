/** Options of the commands about templates, as what they say. */
import type { ParameterInput } from "#core/domain/spec/template-input.ts";
import { usageError } from "./cli-error.ts";
import { readText, sourceOf } from "./read-text.ts";
import { readMaps } from "./spec-documents.ts";
import type { GivenValues } from "./template-calls.ts";

export const collect = (value: string, earlier: readonly string[] = []): string[] => [
  ...earlier,
  value,
];

/** `key=value` pairs as a map. Throws a usage error that names the option. */
export function readPairs(option: string, pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw usageError(`${option}: "${pair}" is not of the form key=value`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** The values of `--params <file>`, and over them those of `-p key=value`. */
export function readValues(options: {
  readonly param?: readonly string[];
  readonly params?: string;
}): GivenValues {
  const { params: file, param = [] } = options;
  const fromFile = file === undefined ? [{}] : readMaps(readText(file), sourceOf(file), "values");
  if (fromFile.length !== 1)
    throw usageError(`${file}: one document with values by name is needed`);
  return { ...(fromFile[0] as GivenValues), ...readPairs("-p", param) };
}

const DEFINITION = /^([A-Za-z]\w*)(?::(\w+))?(?:=([\s\S]*))?$/;

/** `NAME`, `NAME=default`, `NAME:type`, `NAME:type=default`: required when it has no default. */
export function readDefinitions(definitions: readonly string[]): ParameterInput[] {
  return definitions.map((text) => {
    const [, name, type = "string", given] = DEFINITION.exec(text) ?? [];
    if (name === undefined)
      throw usageError(`--param: "${text}" is not of the form name[:type][=default]`);
    const parameter = { name, type: type as NonNullable<ParameterInput["type"]> };
    return given === undefined
      ? { ...parameter, required: true }
      : { ...parameter, default: defaultOf(type, given) };
  });
}

/** What it is to its type; the API says what is wrong with it. */
function defaultOf(type: string, text: string): string | number | boolean {
  if (type === "number" && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  return type === "boolean" && /^(true|false)$/.test(text) ? text === "true" : text;
}

/** A version as it was typed. Throws a usage error that names the option. */
export function readVersion(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError(`${option}: "${text}" is not the number of a version`);
}
