import fc from "fast-check";
import { apiDocument } from "./api-contract.ts";

interface Form {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Form[];
  readonly oneOf?: readonly Form[];
  readonly type?: string | readonly string[];
  readonly pattern?: string;
  readonly not?: { readonly pattern: string };
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Form;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Form>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Form;
  readonly propertyNames?: Form;
  readonly minProperties?: number;
}

const FEW = 3;

/** Values that a schema of the document allows; it must use no keyword but those above. */
export function valuesOf(form: Form): fc.Arbitrary<unknown> {
  if (form.$ref !== undefined) return valuesOf(named(form.$ref));
  if ("const" in form) return fc.constant(form.const);
  if (form.enum) return fc.constantFrom(...form.enum);
  if (form.anyOf) return fc.oneof(...form.anyOf.map(valuesOf));
  const types = [form.type ?? "string"].flat();
  return fc.oneof(...types.map((type) => valuesOfType(type, form)));
}

function named(reference: string): Form {
  const schema = apiDocument.components.schemas[reference.split("/").at(-1) ?? ""];
  if (schema === undefined) throw new Error(`there is no ${reference}`);
  return schema as Form;
}

function valuesOfType(type: string, form: Form): fc.Arbitrary<unknown> {
  const { minimum: min = 0, maximum: max = 1e6 } = form;
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min, max });
    case "number":
      return fc.double({ min, max, noNaN: true });
    case "string":
      return texts(form);
    case "array":
      return fc.array(valuesOf(form.items ?? {}), {
        minLength: form.minItems ?? 0,
        maxLength: Math.min(form.maxItems ?? FEW, Math.max(form.minItems ?? 0, FEW)),
      });
    case "object":
      return objects(form);
    default:
      throw new Error(`no values of type ${type}`);
  }
}

function texts(form: Form): fc.Arbitrary<string> {
  const { pattern, not, format, minLength = 0 } = form;
  // A pattern may ask for more than is usual: a bound below it would be searched for ever.
  const { maxLength = pattern === undefined ? 20 : 200 } = form;
  if (format === "date-time") {
    const [min, max] = [new Date(0), new Date("9999-12-31")];
    return fc.date({ min, max, noInvalidDate: true }).map((date) => date.toISOString());
  }
  if (pattern === undefined) return fc.string({ minLength, maxLength: Math.min(maxLength, 20) });
  const bad = not === undefined ? null : new RegExp(not.pattern, "u");
  return fc
    .stringMatching(new RegExp(pattern, "u"))
    .filter(({ length }) => length >= minLength && length <= maxLength)
    .filter((text) => !bad?.test(text));
}

/**
 * With a few of the optional fields, so that a good part of the objects keeps the rules that no
 * schema can say. Of a `oneOf` of required fields exactly one is there, as it asks.
 */
function objects(form: Form): fc.Arbitrary<unknown> {
  const { properties, required = [], oneOf = [{}], minProperties = 0 } = form;
  if (properties === undefined) return maps(form);
  const choices = oneOf.map(({ required: chosen = [] }) => chosen);
  const decided = [...required, ...choices.flat()];
  const optional = Object.keys(properties).filter((name) => !decided.includes(name));
  const values = new Map(Object.entries(properties).map(([name, one]) => [name, valuesOf(one)]));
  const maxLength = Math.min(FEW, optional.length);
  const minLength = Math.max(0, Math.min(minProperties - decided.length, maxLength));
  return fc
    .tuple(fc.constantFrom(...choices), fc.subarray(optional, { minLength, maxLength }))
    .map(([chosen, some]) => [...required, ...chosen, ...some])
    .chain((names) =>
      fc.record(Object.fromEntries(names.map((name) => [name, values.get(name) ?? fc.anything()]))),
    );
}

function maps({
  additionalProperties,
  propertyNames,
  minProperties = 0,
}: Form): fc.Arbitrary<unknown> {
  const value = typeof additionalProperties === "object" ? additionalProperties : {};
  return fc.dictionary(texts(propertyNames ?? {}), valuesOf(value), {
    ...{ minKeys: minProperties, maxKeys: FEW },
  });
}
