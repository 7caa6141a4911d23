import type { TemplateStore } from "#core/ports/template-store.ts";
import type { SubmitDeps } from "./submit-run.ts";

/** What the use cases of templates stand on: that of a submit, and the templates. */
export interface TemplateDeps extends SubmitDeps {
  readonly templates: TemplateStore;
}
