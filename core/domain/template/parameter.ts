import { limits } from "../limits.ts";

export const PARAMETER_TYPES = ["string", "number", "boolean", "choice", "secret"] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];
export type ParameterValue = string | number | boolean;

/** One parameter of a template. `null` = there is none. */
export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly description: string;
  readonly required: boolean;
  /** Of its type; never for a secret. */
  readonly default: ParameterValue | null;
  /** The whole value must match (string, secret). */
  readonly pattern: string | null;
  /** Least and greatest number (number). */
  readonly min: number | null;
  readonly max: number | null;
  /** What may be chosen (choice), else empty. */
  readonly choices: readonly string[];
}

/** Values by name; null stands for a secret one. */
export type ShownValues = Readonly<Record<string, ParameterValue | null>>;
/** All values by name: only for the worker of the run. */
export type PlainValues = Readonly<Record<string, ParameterValue>>;

const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

export const PARAMETER_NAME_RULE = `must begin with a letter and hold letters, digits and "_", at most ${limits.parameterNameCharsMax} characters`;

export const PARAMETER_NAME_FORM = {
  type: "string",
  maxLength: limits.parameterNameCharsMax,
  pattern: NAME.source,
};

export const isParameterName = (text: string): boolean =>
  text.length <= limits.parameterNameCharsMax && NAME.test(text);

const PREFIX = "HODEI_PARAM_";

/** Values as environment variables of the job: `HODEI_PARAM_<NAME>` in capitals, as text. */
export const parameterEnv = (values: PlainValues): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `${PREFIX}${name.toUpperCase()}`,
      String(value),
    ]),
  );
