import type { TemplateStatus } from "#core/domain/template/template.ts";
import type { TemplateStore, TemplateView } from "#core/ports/template-store.ts";
import { findTemplate, notActive, versionConflict } from "./find-template.ts";

/**
 * Enables, disables or archives a template. The status it has already is harmless. Throws
 * TemplateNotFound, TemplateNotActive when it is archived, Conflict when it is not at the expected version
 * (null = any). `by`: who asked.
 */
export async function setTemplateStatus(
  templates: TemplateStore,
  reference: string,
  status: TemplateStatus,
  expectedVersion: number | null,
  by: string | null,
): Promise<TemplateView> {
  const { id } = await findTemplate(templates, reference);
  const applied = await templates.setStatus(id, status, expectedVersion, by);
  const template = await findTemplate(templates, id);
  if (applied || template.status === status) return template;
  if (template.status === "Archived") throw notActive(template);
  throw versionConflict(template);
}
