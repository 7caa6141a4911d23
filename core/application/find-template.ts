import { DomainError } from "#core/domain/errors.ts";
import { isUuid } from "#core/domain/spec/uuid.ts";
import type { TemplateStore, TemplateView } from "#core/ports/template-store.ts";

const SHOWN_CHARS_MAX = 80;

/** The template of this id, or of this name that is not archived. Throws TemplateNotFound. */
export async function findTemplate(
  templates: Pick<TemplateStore, "template">,
  reference: string,
): Promise<TemplateView> {
  const isId = isUuid(reference);
  const wanted = isId ? { id: reference.toLowerCase() } : { name: reference };
  const template = reference.includes("\0") ? null : await templates.template(wanted);
  if (template) return template;
  throw templateNotFound(reference.slice(0, SHOWN_CHARS_MAX));
}

/** A version of a template; null = the newest. Throws TemplateNotFound. */
export async function findVersion(
  templates: Pick<TemplateStore, "template" | "templateVersion">,
  reference: string,
  version: number | null,
): Promise<TemplateView> {
  const newest = await findTemplate(templates, reference);
  if (version === null || version === newest.version) return newest;
  const found = await templates.templateVersion(newest.id, version);
  if (found) return found;
  throw templateNotFound(`${newest.name} in version ${version}`);
}

const templateNotFound = (what: string): DomainError =>
  new DomainError("TemplateNotFound", `there is no template ${what}`);

export const notActive = ({ name, status }: TemplateView): DomainError =>
  new DomainError("TemplateNotActive", `template ${name} is ${status}`);

/** Somebody else changed it: what the caller knew is not what there is. */
export const versionConflict = ({ name, newestVersion }: TemplateView): DomainError =>
  new DomainError("Conflict", `template ${name} is at version ${newestVersion}`);
