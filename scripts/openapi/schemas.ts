/** The named schemas of the API: bodies by the types of `spec/`, inputs by the parsers of `spec/`. */
import { fileURLToPath } from "node:url";
import { createGenerator } from "ts-json-schema-generator";
import * as z from "zod/mini";
import { checked } from "#core/domain/spec/field-types.ts";
import { IDEMPOTENCY_KEY_FORM } from "#core/domain/spec/idempotency-key.ts";
import { jsonForms } from "#core/domain/spec/json-form.ts";
import {
  providerChangeSchema,
  providerConfigSchemas,
  providerInputSchema,
} from "#core/domain/spec/provider-input-schema.ts";
import { runInputSchema } from "#core/domain/spec/run-input-schema.ts";
import {
  scheduleChangeSchema,
  scheduleInputSchema,
} from "#core/domain/spec/schedule-input-schema.ts";
import { templateInputSchema } from "#core/domain/spec/template-input-schema.ts";
import type { JsonSchema } from "../../functions/http/route-description.ts";
import { VERSION_FORM } from "../../functions/http/template-fields.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
export type Schemas = Readonly<Record<string, JsonSchema>>;

interface ObjectForm extends JsonSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
}

/** The shapes that are parsed by zod: a new one is a line here. */
function inputs(types: Schemas): Schemas {
  const { oneOf, ...form } = formOf(runInputSchema);
  const key = z.optional(z.nullable(checked(IDEMPOTENCY_KEY_FORM, () => true, "")));
  const keyed = { ...runInputSchema.shape, idempotencyKey: key };
  return {
    RunInput: { ...explained(form, types.RunInput), oneOf },
    KeyedRunInput: { ...explained(formOf(z.strictObject(keyed)), types.RunInput), oneOf },
    ...templateInputs(types),
    ScheduleInput: explained(formOf(scheduleInputSchema), types.ScheduleInput),
    ScheduleChange: explained(formOf(scheduleChangeSchema), types.ScheduleChangeInput),
    ProviderInput: providerForm(providerInputSchema, types),
    ProviderChange: providerForm(providerChangeSchema, types),
  };
}

/** What makes a template, and what changes one: its fields, each of them as it is now unless given. */
function templateInputs(types: Schemas): Schemas {
  const form = explained(formOf(templateInputSchema), types.TemplateInput) as ObjectForm;
  const { description } = form.properties.spec ?? {};
  const spec = { description, $ref: "#/components/schemas/RunInput" };
  const properties = { ...form.properties, spec };
  const expectedVersion = {
    description: "The version that the caller knows: any other is refused.",
    ...VERSION_FORM,
    type: ["integer", "null"],
  };
  return {
    TemplateInput: { ...form, properties, required: ["name", "spec"] },
    TemplateChange: { ...form, properties: { ...properties, expectedVersion } },
  };
}

/** With what `config` may be: one form for each kind that has one. */
function providerForm(schema: z.core.$ZodType, types: Schemas): JsonSchema {
  const form = explained(formOf(schema), types.ProviderBody) as ObjectForm;
  const { description } = form.properties.config ?? {};
  const forms: JsonSchema[] = Object.values(providerConfigSchemas).map(formOf);
  const config = { description, anyOf: [...forms, { type: "null" }] };
  return { ...form, properties: { ...form.properties, config } };
}

function formOf(schema: z.core.$ZodType): ObjectForm {
  const options = { io: "input", unrepresentable: "any", metadata: jsonForms } as const;
  const { $schema: _, ...form } = z.toJSONSchema(schema, options);
  return form as unknown as ObjectForm;
}

/** The form with what the type of the same fields says of them. */
function explained(form: ObjectForm, type: JsonSchema | undefined): JsonSchema {
  const said = (type as ObjectForm | undefined)?.properties ?? {};
  const properties = Object.entries(form.properties).map(([name, property]) => {
    const description = said[name]?.description;
    return [name, description === undefined ? property : { description, ...property }];
  });
  return { ...form, properties: Object.fromEntries(properties) };
}

/** Every type that files of `core/domain/spec/` export, and what it is made of. */
function typesOf(files: string): Schemas {
  const { definitions = {} } = createGenerator({
    path: `${root}/core/domain/spec/${files}`,
    tsconfig: `${root}/tsconfig.json`,
    type: "*",
    skipTypeCheck: true,
    additionalProperties: true, // fields are only ever added
    sortProps: false,
  }).createSchema();
  return definitions as Schemas;
}

/** All that a document may name. */
export function namedSchemas(): Schemas {
  const bodies = Object.entries(typesOf("*api.ts"));
  return {
    ...Object.fromEntries(
      bodies.map(([name, schema]) => [name, asNamed(schema, name) as JsonSchema]),
    ),
    ...inputs({
      ...typesOf("run-input.ts"),
      ...typesOf("template-input.ts"),
      ...typesOf("schedule-input.ts"),
      ...typesOf("provider-api.ts"),
    }),
  };
}

const INSTANT = /At$|^at$|^notBefore$|^scheduledFor$/;
/** Fields and types; of a template's parameters and of its statistics among them. */
const FRACTIONS = [
  ...["factor", "jitter", "mean", "median", "p95"],
  ...["maxCpuCores", "utilizationPercent", "cpuPercent", "cpuPercentMax", "custom"],
  ...["min", "max", "default", "parameters", "ParameterValue", "ShownValues"],
];

/**
 * The schema of a type, with what the name of a field tells and TypeScript cannot: instants end in
 * `At`, and every number counts something unless it is a known fraction. The tests that hold
 * answers to the document would see an exception.
 */
function asNamed(schema: unknown, name = ""): unknown {
  if (Array.isArray(schema)) return schema.map((part) => asNamed(part, name));
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.entries(schema).map(([keyword, value]): [string, unknown] => {
    switch (keyword) {
      case "$ref":
        return [keyword, String(value).replace("#/definitions/", "#/components/schemas/")];
      case "properties":
        return [keyword, propertiesAsNamed(value)];
      case "type":
        return [keyword, FRACTIONS.includes(name) ? value : whole(value)];
      default:
        return [keyword, asNamed(value, name)];
    }
  });
  const isInstant = INSTANT.test(name) && [(schema as JsonSchema).type].flat().includes("string");
  return Object.fromEntries(isInstant ? [...parts, ["format", "date-time"]] : parts);
}

const propertiesAsNamed = (properties: object) =>
  Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, asNamed(one, name)]));

const whole = (type: unknown): unknown => {
  if (Array.isArray(type)) return type.map(whole);
  return type === "number" ? "integer" : type;
};
