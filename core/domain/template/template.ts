import type { RunSpec } from "../spec/run-spec.ts";
import type { Parameter } from "./parameter.ts";

/**
 * - `Active`: takes new runs and new versions.
 * - `Disabled`: takes new versions and no new runs; runs that exist go on. May become Active again.
 * - `Archived`: read-only for ever; its name is free for another template.
 */
export type TemplateStatus = "Active" | "Disabled" | "Archived";
export const TEMPLATE_STATUSES = ["Active", "Disabled", "Archived"] as const;

/** What a version of a template says. Never changed: a change is the next version. */
export interface TemplateDefinition {
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: RunSpec;
  readonly parameters: readonly Parameter[];
}

/** Which template, version and number a run has. */
export interface RunTemplate {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** 1, 2, 3, … within the template, never given twice; gaps are possible. */
  readonly number: number;
}
