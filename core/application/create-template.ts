import { DomainError } from "#core/domain/errors.ts";
import { parseTemplate } from "#core/domain/spec/parse-template.ts";
import type { TemplateView } from "#core/ports/template-store.ts";
import { refuseUnplaceable, sha256 } from "./new-run.ts";
import { isSameDefinition } from "./same-definition.ts";
import type { TemplateDeps } from "./template-deps.ts";
import type { CreateTemplateRequest } from "./template-operations.ts";

type Deps = Pick<TemplateDeps, "templates" | "profiles" | "newId">;

/**
 * Stores a template with version 1. With an idempotency key its id is made from the key, so that a repeat
 * finds its own template under the name (`created: false`), whatever became of it since. Throws
 * InvalidSpec, SpecTooLarge, Unplaceable, TemplateExists when another one has the name, and
 * IdempotencyConflict when this key created something else.
 */
export async function createTemplate(
  deps: Deps,
  { input, idempotencyKey, createdBy }: CreateTemplateRequest,
): Promise<{ template: TemplateView; created: boolean }> {
  const { name, definition } = parseTemplate(input, null);
  refuseUnplaceable(definition.spec, deps.profiles, "spec.resources");
  if (name === null) throw new DomainError("Internal", "a template was read without its name");
  const id = idempotencyKey === null ? deps.newId() : idOf(`${idempotencyKey} ${name}`);
  const created = await deps.templates.createTemplate({ id, name, createdBy, ...definition });
  const template = await deps.templates.template({ id });
  const first = created ? definition : await deps.templates.templateVersion(id, 1);
  if (first && !isSameDefinition(first, definition))
    throw new DomainError("IdempotencyConflict", "another template was created under this key", {
      fields: [{ path: "Idempotency-Key", message: `holds template ${id} with another body` }],
    });
  if (template) return { template, created };
  throw new DomainError("TemplateExists", `there is a template ${name} already`, {
    fields: [{ path: "name", message: "belongs to another template" }],
  });
}

/** A UUID (version 8) that is the same for the same text. */
export function idOf(text: string): string {
  const hex = sha256(`template ${text}`);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return [...parts, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}
