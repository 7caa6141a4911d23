import { DomainError } from "#core/domain/errors.ts";
import { parseTemplate } from "#core/domain/spec/parse-template.ts";
import type { TemplateDefinition } from "#core/domain/template/template.ts";
import type { TemplateView } from "#core/ports/template-store.ts";
import { findTemplate, notActive, versionConflict } from "./find-template.ts";
import { refuseUnplaceable } from "./new-run.ts";
import { isSameDefinition } from "./same-definition.ts";
import type { TemplateDeps } from "./template-deps.ts";
import type { ChangeTemplateRequest } from "./template-operations.ts";

type Deps = Pick<TemplateDeps, "templates" | "profiles">;

/** How often a change without an expected version is made anew on what others changed meanwhile. */
const TRIES = 5;

/**
 * Adds a version with what the caller changes; what is left out stays. A change that changes nothing makes
 * no version, so a repeat is harmless. Throws InvalidSpec, SpecTooLarge, Unplaceable, TemplateNotFound,
 * TemplateNotActive when it is archived, Conflict when it is not at the expected version.
 */
export async function changeTemplate(
  deps: Deps,
  { reference, input, expectedVersion, createdBy }: ChangeTemplateRequest,
): Promise<TemplateView> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const newest = await findTemplate(deps.templates, reference);
    const { id, version, status } = newest;
    const base = await baseOf(deps, newest, expectedVersion);
    const definition = definitionOf(input, base);
    if (isSameDefinition(definition, newest)) return newest;
    if (status === "Archived") throw notActive(newest);
    if (base !== newest) throw versionConflict(newest);
    refuseUnplaceable(definition.spec, deps.profiles, "spec.resources");
    const applied = await deps.templates.addVersion({ id, version, createdBy, ...definition });
    const added = applied ? await deps.templates.templateVersion(id, version + 1) : null;
    if (added) return added;
  }
  throw new DomainError("Conflict", "the template is being changed by others; try again");
}

/** What the caller knows and changes; of the version before the newest, perhaps for the second time. */
async function baseOf(
  { templates }: Deps,
  newest: TemplateView,
  expected: number | null,
): Promise<TemplateView> {
  if (expected === null || expected === newest.version) return newest;
  const known = await templates.templateVersion(newest.id, expected);
  if (known && expected === newest.version - 1) return known;
  throw versionConflict(newest);
}

function definitionOf(input: unknown, base: TemplateView): TemplateDefinition {
  const { name, definition } = parseTemplate(input, { name: base.name, definition: base });
  if (name === null || name === base.name) return definition;
  throw new DomainError("InvalidSpec", "a template keeps its name", {
    fields: [{ path: "name", message: `is ${base.name}: a template keeps its name` }],
  });
}
