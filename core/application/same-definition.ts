import type { TemplateDefinition } from "#core/domain/template/template.ts";

/** Whether two definitions say the same; specs and parameters are stored as the parser completes them. */
export const isSameDefinition = (left: TemplateDefinition, right: TemplateDefinition): boolean =>
  canonical(left) === canonical(right);

function canonical({ description, labels, spec, parameters }: TemplateDefinition): string {
  const sorted = Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([description, sorted, spec, parameters]);
}
