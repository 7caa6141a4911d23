import * as z from "zod/mini";

/** Keywords of JSON Schema (2020-12). */
export type JsonForm = Readonly<Record<string, unknown>>;

/**
 * What a kind of value looks like as JSON Schema, where its rule is a function that nobody else
 * can read. Only the description of the API asks for it (`scripts/openapi/`). A form may allow more
 * than its rule, which has the last word, but never less.
 */
export const jsonForms = z.registry<JsonForm>();

/** The schema itself, its form noted. */
export function withForm<Schema extends z.core.$ZodType>(schema: Schema, form: JsonForm): Schema {
  jsonForms.add(schema as z.core.$ZodType, form);
  return schema;
}
