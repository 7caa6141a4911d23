/** Valid templates and their runs to start a test from. */
import { randomUUID } from "node:crypto";
import type { Parameter } from "#core/domain/template/parameter.ts";
import type { NewTemplate, NewTemplateRun, NewVersion } from "#core/ports/template-store.ts";
import { aRun, aSpec } from "./factories.ts";

export const aParameter = (overrides: Partial<Parameter> = {}): Parameter => ({
  ...{ name: "REGION", type: "string", description: "", required: false, default: null },
  ...{ pattern: null, min: null, max: null, choices: [] },
  ...overrides,
});

export function aTemplate(overrides: Partial<NewTemplate> = {}): NewTemplate {
  return {
    ...{ id: randomUUID(), name: `job-${randomUUID().slice(0, 6)}`, description: "an exam" },
    ...{ labels: {}, spec: aSpec(), parameters: [aParameter()], createdBy: "exam" },
    ...overrides,
  };
}

/** The change of a template at this version. */
export function aVersion(id: string, version: number, overrides: Partial<NewVersion> = {}) {
  const { name: _name, ...template } = aTemplate({ id });
  return { ...template, version, description: `after ${version}`, ...overrides };
}

/** `id` and `key` as in `aRun`. */
export function aTemplateRun(
  templateId: string,
  overrides: Partial<NewTemplateRun> = {},
  options: { key?: string } = {},
): NewTemplateRun {
  return {
    ...aRun({}, { key: options.key ?? null }),
    ...{ templateId, templateVersion: 1, parameters: {}, secrets: {} },
    ...overrides,
  };
}
