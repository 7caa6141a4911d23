import * as z from "zod/mini";
import { limits } from "../limits.ts";
import {
  isParameterName,
  PARAMETER_NAME_FORM,
  PARAMETER_NAME_RULE,
  PARAMETER_TYPES,
  type ParameterValue,
} from "../template/parameter.ts";
import { checked, labelMap, nonEmptyText } from "./field-types.ts";
import { isRunName, RUN_NAME_FORM, RUN_NAME_RULE } from "./run-name.ts";
import { isUuid } from "./uuid.ts";

const map = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === "invalid_type" ? "must be a map" : undefined),
  });

const bool = z.boolean({ error: "must be true or false" });
const finite = checked<number>(
  { type: "number" },
  (value) => typeof value === "number",
  "must be a number",
);
const description = checked<string>(
  { type: "string", maxLength: limits.templateDescriptionCharsMax },
  (value) => typeof value === "string" && value.length <= limits.templateDescriptionCharsMax,
  `must be text of at most ${limits.templateDescriptionCharsMax} characters`,
);

const parameter = map({
  name: checked<string>(
    PARAMETER_NAME_FORM,
    (value) => typeof value === "string" && isParameterName(value),
    PARAMETER_NAME_RULE,
  ),
  type: z.optional(
    z.enum(PARAMETER_TYPES, { error: `must be one of ${PARAMETER_TYPES.join(", ")}` }),
  ),
  description: z.optional(description),
  required: z.optional(bool),
  default: z.optional(
    checked<ParameterValue | null>(
      { type: ["string", "number", "boolean", "null"] },
      (value) => value === null || ["string", "number", "boolean"].includes(typeof value),
      "must be text, a number, true or false",
    ),
  ),
  pattern: z.optional(
    z.nullable(
      checked<string>(
        { type: "string", minLength: 1, maxLength: limits.patternCharsMax },
        (value) =>
          typeof value === "string" && value !== "" && value.length <= limits.patternCharsMax,
        `must be a pattern of at most ${limits.patternCharsMax} characters`,
      ),
    ),
  ),
  min: z.optional(z.nullable(finite)),
  max: z.optional(z.nullable(finite)),
  choices: z.optional(
    z
      .array(nonEmptyText("text"), { error: "must be a list of text" })
      .check(
        z.maxLength(limits.parameterChoicesMax, `at most ${limits.parameterChoicesMax} choices`),
      ),
  ),
});

const isTemplateName = (value: unknown): boolean =>
  typeof value === "string" && isRunName(value) && !isUuid(value);

export const templateName = checked<string>(
  RUN_NAME_FORM,
  isTemplateName,
  `${RUN_NAME_RULE}, and must not look like an id`,
);

/** Every field of a template but its spec, which is a run spec of its own. */
export const templateInputSchema = map({
  name: z.optional(templateName),
  description: z.optional(description),
  labels: z.optional(labelMap),
  spec: z.optional(z.unknown()),
  parameters: z.optional(
    z
      .array(parameter, { error: "must be a list of parameters" })
      .check(
        z.maxLength(
          limits.templateParametersMax,
          `must have at most ${limits.templateParametersMax} items`,
        ),
      ),
  ),
});

export type ParsedTemplateInput = z.output<typeof templateInputSchema>;
export type ParsedParameter = NonNullable<ParsedTemplateInput["parameters"]>[number];
