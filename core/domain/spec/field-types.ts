/** The kinds of value a spec is made of. Each says what it wants in one sentence. */
import * as z from "zod/mini";
import { limits } from "../limits.ts";
import { specBounds } from "./bounds.ts";
import { parseInstant } from "./instant.ts";
import { type JsonForm, withForm } from "./json-form.ts";
import {
  isLabelKey,
  isLabelValue,
  LABEL_KEY_FORM,
  LABEL_KEY_RULE,
  LABEL_VALUE_FORM,
  LABEL_VALUE_RULE,
} from "./kubernetes-label.ts";
import {
  cpuMillisOf,
  memoryMibOf,
  parseQuantity,
  QUANTITY_FORM,
  type Quantity,
} from "./quantity.ts";

type Context = z.core.ParsePayload;

/** A value as `parse` makes it of whatever was written, unless it refuses. */
const parsed = <T>(form: JsonForm, parse: (value: unknown, context: Context) => T) =>
  withForm(z.pipe(z.unknown(), z.transform(parse)), form);

/** A value that passes `accepts`, or the one message; `form` shows others what passes. */
export const checked = <T>(form: JsonForm, accepts: (value: unknown) => boolean, message: string) =>
  withForm(z.custom<T>(accepts, message), form);

/** A whole number of these bounds, both included. */
export const wholeNumber = (min: number, max: number) =>
  checked<number>(
    { type: "integer", minimum: min, maximum: max },
    (value) => Number.isSafeInteger(value) && isWithin(value, min, max),
    `must be a whole number from ${min} to ${max}`,
  );

/** A number of these bounds, both included; fractions are numbers. */
export const numberBetween = (min: number, max: number) =>
  checked<number>(
    { type: "number", minimum: min, maximum: max },
    (value) => isWithin(value, min, max),
    `must be a number from ${min} to ${max}`,
  );

export const seconds = (min: number) => wholeNumber(min, limits.durationSecondsMax);

/** Text in which there is more than blanks. */
export const nonEmptyText = (what: string) =>
  checked<string>(
    { type: "string", pattern: "\\S" },
    (value) => typeof value === "string" && value.trim() !== "",
    `must be ${what}`,
  );

export const absolutePath = checked<string>(
  { type: "string", pattern: "^/" },
  (value) => typeof value === "string" && value.startsWith("/"),
  "must be an absolute path",
);

const ARGV_FORM = {
  type: "array",
  items: { type: "string" },
  minItems: 1,
  maxItems: limits.argvItemsMax,
};

/** A program and its arguments. */
export const argv = parsed(ARGV_FORM, (words, context): readonly string[] => {
  if (!Array.isArray(words)) {
    return refuse(context, "must be a list of text: the program and its arguments");
  }
  if (words.length === 0) return refuse(context, "must name a program");
  if (words.length > limits.argvItemsMax) {
    return refuse(context, `must have at most ${limits.argvItemsMax} items`);
  }
  for (const [index, word] of words.entries()) {
    if (typeof word !== "string") refuse(context, notText(word) ?? "must be text", [index]);
    else if (index === 0 && word.trim() === "") refuse(context, "must be a program", [index]);
  }
  return words;
});

/** Canonical UTC text of an RFC 3339 instant. */
export const instant = parsed({ type: "string", format: "date-time" }, (value, context): string => {
  const canonical = typeof value === "string" ? parseInstant(value) : null;
  return canonical ?? refuse(context, "must be an RFC 3339 instant such as 2026-01-31T12:00:00Z");
});

/** Millicores. */
export const cpu = parsed(QUANTITY_FORM, (value, context): number => {
  const quantity = readQuantity(value);
  if (quantity === null)
    return refuse(context, 'must be an amount of CPU such as "500m", 0.5 or "2"');
  return bounded(context, cpuMillisOf(quantity), specBounds.cpuMillisMax, "m");
});

/** MiB. */
export const memory = parsed(QUANTITY_FORM, (value, context): number => {
  const quantity = readQuantity(value);
  const rule = 'must be an amount of memory such as "512Mi", "1Gi" or a number of bytes';
  if (quantity === null) return refuse(context, rule);
  if (["n", "u", "m"].includes(quantity.suffix)) {
    return refuse(context, `${rule}; "${quantity.suffix}" is a fraction of a byte`);
  }
  return bounded(context, memoryMibOf(quantity), specBounds.memoryMibMax, "Mi");
});

interface MapRules {
  readonly entriesMax: number;
  readonly keyForm: JsonForm;
  readonly valueForm: JsonForm;
  /** What is wrong with a key, null = nothing. */
  readonly key: (key: string) => string | null;
  readonly value: (value: string) => string | null;
}

/** A map of text to text, entries sorted by key so that equal maps have equal JSON. */
const textMap = ({ entriesMax, keyForm, valueForm, key: badKey, value: badValue }: MapRules) => {
  const form = {
    type: "object",
    additionalProperties: valueForm,
    propertyNames: keyForm,
    maxProperties: entriesMax,
  };
  return parsed(form, (map, context): Readonly<Record<string, string>> => {
    if (typeof map !== "object" || map === null || Array.isArray(map)) {
      return refuse(context, "must be a map of text to text");
    }
    const entries = Object.entries(map);
    if (entries.length > entriesMax)
      return refuse(context, `must have at most ${entriesMax} entries`);
    for (const [key, value] of entries) {
      const problem = badKey(key) ?? notText(value) ?? badValue(value);
      if (problem !== null) refuse(context, problem, [key]);
    }
    return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
  });
};

const RESERVED_ENV = "HODEI_";
/** What Kubernetes takes: any of ASCII that can be seen, the space too, but "=", which ends a name. */
const ENV_NAME = /^[ -<>-~]+$/;

export const envMap = textMap({
  entriesMax: limits.envEntriesMax,
  keyForm: { pattern: ENV_NAME.source, not: { pattern: `^${RESERVED_ENV}` } },
  valueForm: { type: "string" },
  key: (name) => {
    if (name === "") return "an environment variable needs a name";
    if (!ENV_NAME.test(name))
      return 'the name of an environment variable has printable ASCII characters and no "="';
    return name.startsWith(RESERVED_ENV)
      ? `names that begin with ${RESERVED_ENV} are reserved`
      : null;
  },
  value: () => null,
});

export const labelMap = textMap({
  entriesMax: limits.labelEntriesMax,
  keyForm: LABEL_KEY_FORM,
  valueForm: LABEL_VALUE_FORM,
  key: (key) => (isLabelKey(key) ? null : LABEL_KEY_RULE),
  value: (value) => (isLabelValue(value) ? null : LABEL_VALUE_RULE),
});

function notText(value: unknown): string | null {
  if (typeof value === "string") return null;
  const scalar = typeof value === "number" || typeof value === "boolean";
  return scalar ? `must be text; write it in quotes: "${value}"` : "must be text";
}

function readQuantity(value: unknown): Quantity | null {
  const readable = typeof value === "string" || typeof value === "number";
  return readable ? parseQuantity(String(value)) : null;
}

function bounded(context: Context, value: bigint, max: number, unit: string): number {
  if (value >= 1n && value <= BigInt(max)) return Number(value);
  return refuse(context, `must be more than 0 and at most ${max}${unit}`);
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && value >= min && value <= max;
}

function refuse(context: Context, message: string, path: readonly PropertyKey[] = []): never {
  context.issues.push({ code: "custom", input: context.value, message, path: [...path] });
  return z.NEVER;
}
