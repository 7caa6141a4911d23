import { badRequest } from "./api-error.ts";

/** A parameter as it comes over the wire. */
export interface WireParameter {
  readonly name?: string;
  readonly typeHint?: string;
  readonly value?: Readonly<Record<string, unknown>>;
}

/** A parameter as Postgres gets it: text, and the type that the service gives it. */
export interface BoundParameter {
  readonly value: string | Buffer | null;
  cast(placeholder: string): string;
}

const TYPE_OF_HINT: Readonly<Record<string, string>> = {
  DATE: "date",
  DECIMAL: "numeric",
  JSON: "jsonb",
  TIME: "time",
  TIMESTAMP: "timestamp",
  UUID: "uuid",
};

/**
 * Binds as strictly as the service: a string without a hint is text, so that `uuid = :id` fails
 * here as it does there; arrays are refused.
 */
export function bindParameters(parameters: readonly WireParameter[]): Map<string, BoundParameter> {
  return new Map(
    parameters.map((parameter) => {
      if (!parameter.name) throw badRequest("Every parameter needs a name");
      return [parameter.name, bind(parameter.name, parameter)];
    }),
  );
}

function bind(name: string, { typeHint, value = {} }: WireParameter): BoundParameter {
  const [member, content] = Object.entries(value).find(([, held]) => held != null) ?? [];
  switch (member) {
    case "isNull":
      return { value: null, cast: (placeholder) => placeholder };
    case "stringValue":
      return as(String(content), typeHint === undefined ? "text" : hinted(typeHint));
    case "longValue":
      return as(String(content), "int8");
    case "doubleValue":
      return as(String(content), "float8");
    case "booleanValue":
      return as(String(content), "bool");
    case "blobValue":
      return as(Buffer.from(String(content), "base64"), "bytea");
    case "arrayValue":
      throw badRequest("Array parameters are not supported.");
    default:
      throw badRequest(`Parameter ${name} has no value of a known kind`);
  }
}

const as = (value: string | Buffer, type: string): BoundParameter => ({
  value,
  cast: (placeholder) => `${placeholder}::${type}`,
});

function hinted(typeHint: string): string {
  const type = TYPE_OF_HINT[typeHint];
  if (type === undefined) throw badRequest(`${typeHint} is not a type hint`);
  return type;
}
