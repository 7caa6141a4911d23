import { type ParameterValues, parameterValues } from "#core/domain/template/parameter-values.ts";
import type { NewTemplateRun, TemplateView } from "#core/ports/template-store.ts";
import { askForLook } from "./ask-for-look.ts";
import { findVersion, notActive } from "./find-template.ts";
import { newRun, refuseUnplaceable, sha256 } from "./new-run.ts";
import type { SubmitOutcome } from "./operations.ts";
import { detailOf, runOfHolder } from "./submit-run.ts";
import type { TemplateDeps } from "./template-deps.ts";
import type { TemplateRunRequest } from "./template-operations.ts";

/**
 * Makes a run of a template, with its next number, then asks for a look at the queue. The same key and
 * request answer the first run, also when the template has changed or takes no runs any more. Throws
 * TemplateNotFound, TemplateNotActive; InvalidRequest with the path of each bad parameter; Unplaceable,
 * IdempotencyConflict, QueueFull.
 */
export async function runTemplate(
  deps: TemplateDeps,
  request: TemplateRunRequest,
): Promise<SubmitOutcome> {
  const template = await findVersion(deps.templates, request.reference, request.version);
  const asked = { template: template.id, version: request.version };
  const plan = { ...planOf(deps, request, asked), template, rerunOf: null };
  return (
    (await repeatedOf(deps, plan)) ??
    storeTemplateRun(deps, plan, parameterValues(template.parameters, request.parameters))
  );
}

/** A run that is to be made, once it is known with which values. */
export interface TemplateRunPlan {
  readonly id: string;
  readonly template: TemplateView;
  readonly idempotencyKey: string | null;
  readonly submittedBy: string | null;
  readonly rerunOf: string | null;
  /** Of the request as it was sent: what a repeat under the same key must be equal to. */
  readonly digest: string;
}

type Request = Pick<TemplateRunRequest, "parameters" | "idempotencyKey" | "submittedBy">;

/** What a request says of the run; `asked` is what else tells it from others. */
export const planOf = (
  { newId }: Pick<TemplateDeps, "newId">,
  { parameters, idempotencyKey, submittedBy }: Request,
  asked: object,
): Omit<TemplateRunPlan, "template" | "rerunOf"> => ({
  ...{ id: newId(), idempotencyKey, submittedBy },
  digest: sha256(JSON.stringify({ ...asked, parameters: inOrder(parameters) })),
});

/** The run that this request made before; null = none, or it has no key. */
export async function repeatedOf(
  deps: Pick<TemplateDeps, "store" | "reader" | "telemetry">,
  plan: Pick<TemplateRunPlan, "id" | "idempotencyKey" | "digest">,
): Promise<SubmitOutcome | null> {
  if (plan.idempotencyKey === null) return null;
  const holder = (await deps.store.findRuns([plan])).get(plan.id);
  return holder ? { run: await runOfHolder(deps, plan, holder, false), created: false } : null;
}

/** Stores the run of a plan. Throws TemplateNotActive and what `runOfHolder` throws. */
export async function storeTemplateRun(
  deps: TemplateDeps,
  plan: TemplateRunPlan,
  { shown, secrets }: ParameterValues,
): Promise<SubmitOutcome> {
  const { template, digest, submittedBy, idempotencyKey, rerunOf } = plan;
  const { id, name, version, spec } = template;
  refuseUnplaceable(spec, deps.profiles);
  const base = newRun(spec, { spec: null, submittedBy, idempotencyKey }, plan.id);
  const own = { templateId: id, templateVersion: version, parameters: shown, secrets };
  const run: NewTemplateRun = { ...base, digest, rerunOf, ...own };
  const { stored, full, poked, number } = await deps.templates.insertTemplateRun(run);
  if (!stored || number === null) return { run: await whyNot(deps, run, full), created: false };
  deps.telemetry.count("runs_submitted_total", { outcome: "created" });
  await askForLook(deps.wake, [run], poked);
  const made = { template: { id, name, version, number }, parameters: shown };
  return { run: { ...detailOf(run, stored), ...made }, created: true };
}

/** The run that is there already; else the template takes none. */
async function whyNot(deps: TemplateDeps, run: NewTemplateRun, full: boolean) {
  const holder = (await deps.store.findRuns([run])).get(run.id);
  const template = await deps.templates.template({ id: run.templateId });
  if (!holder && template && template.status !== "Active") throw notActive(template);
  return runOfHolder(deps, run, holder, full);
}

/** Maps by the order of their names, so that equal requests have equal text. */
function inOrder(parameters: unknown): unknown {
  if (typeof parameters !== "object" || parameters === null || Array.isArray(parameters))
    return parameters ?? {};
  return Object.fromEntries(
    Object.entries(parameters).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}
