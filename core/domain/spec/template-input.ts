import type { Parameter } from "../template/parameter.ts";
import type { RunInput } from "./run-input.ts";

/** One parameter as a user writes it: only the name is needed. */
export type ParameterInput = Pick<Parameter, "name"> & Partial<Parameter>;

/** What a user writes for a template, as JSON or YAML. */
export interface TemplateInput {
  readonly name?: string;
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** What each run of it executes, as `hodei run -f` takes it. */
  readonly spec?: RunInput;
  readonly parameters?: readonly ParameterInput[];
}
