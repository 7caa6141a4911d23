import { DomainError } from "#core/domain/errors.ts";
import { toRunInput } from "#core/domain/spec/run-input.ts";
import type { ParameterValue } from "#core/domain/template/parameter.ts";
import { parameterValues } from "#core/domain/template/parameter-values.ts";
import type { RunTemplate } from "#core/domain/template/template.ts";
import type { RunDetail } from "#core/ports/run-reader.ts";
import type { TemplateView } from "#core/ports/template-store.ts";
import { findVersion } from "./find-template.ts";
import type { SubmitOutcome } from "./operations.ts";
import { planOf, repeatedOf, storeTemplateRun } from "./run-template.ts";
import { submitRun } from "./submit-run.ts";
import type { TemplateDeps } from "./template-deps.ts";
import type { RerunRequest } from "./template-operations.ts";

/**
 * Asks for a run once more. One from a template becomes the template's next run, at the version it had or
 * at the newest, with its values where the caller gives no others; a plain one is submitted with the same
 * spec. Throws RunNotFound, InvalidRequest (a plain run has no parameters and versions, and what
 * `parameterValues` throws), TemplateNotActive, and what a submit throws.
 */
export async function rerunRun(deps: TemplateDeps, request: RerunRequest): Promise<SubmitOutcome> {
  const source = await deps.reader.run(request.runId);
  if (!source) throw new DomainError("RunNotFound", `there is no run ${request.runId}`);
  if (source.template === null) return rerunPlain(deps, source, request);
  return rerunOfTemplate(deps, source, source.template, request);
}

async function rerunPlain(
  deps: TemplateDeps,
  { id, spec }: RunDetail,
  { version, parameters, idempotencyKey, submittedBy }: RerunRequest,
): Promise<SubmitOutcome> {
  const hasNone = parameters == null || JSON.stringify(parameters) === "{}";
  const message = "goes with a run from a template";
  const fields = [
    ...(version === "latest" ? [{ path: "version", message }] : []),
    ...(hasNone ? [] : [{ path: "parameters", message }]),
  ];
  if (fields.length > 0)
    throw new DomainError("InvalidRequest", `run ${id} is from no template`, { fields });
  return submitRun(deps, { spec: toRunInput(spec), idempotencyKey, submittedBy, rerunOf: id });
}

async function rerunOfTemplate(
  deps: TemplateDeps,
  source: RunDetail,
  origin: RunTemplate,
  request: RerunRequest,
): Promise<SubmitOutcome> {
  const { version, parameters } = request;
  const asked = { rerunOf: source.id, version };
  const plan = { ...planOf(deps, request, asked), rerunOf: source.id };
  const repeated = await repeatedOf(deps, plan);
  if (repeated) return repeated;
  const wanted = version === "latest" ? null : origin.version;
  const template = await findVersion(deps.templates, origin.id, wanted);
  const taken = await takenValues(deps, source, template);
  const isMap = typeof parameters === "object" && parameters !== null && !Array.isArray(parameters);
  const changes = isMap ? parameters : {};
  if (template.version !== origin.version || Object.keys(changes).length > 0)
    refuseSecretsOf(source, template, changes);
  const given = isMap || parameters == null ? { ...taken, ...parameters } : parameters;
  return storeTemplateRun(deps, { ...plan, template }, parameterValues(template.parameters, given));
}

/**
 * What was given in secret was given to one version, beside these other values: another command could
 * print it, and another value, say an address, could lead it elsewhere. Throws InvalidRequest.
 */
function refuseSecretsOf(source: RunDetail, { parameters }: TemplateView, given: object): void {
  const fields = parameters
    .filter(({ name, type }) => type === "secret" && source.parameters?.[name] === null)
    .filter(({ name }) => !Object.hasOwn(given, name))
    .map(({ name }) => ({
      path: `parameters.${name}`,
      message: "is a secret: where version or parameters change, give it again",
    }));
  if (fields.length === 0) return;
  const message = `run ${source.id} gave its secrets for what it was`;
  throw new DomainError("InvalidRequest", message, { fields });
}

/** The values of the run that this version still has; a secret is never taken over into one that is shown. */
async function takenValues(
  { templates }: TemplateDeps,
  source: RunDetail,
  { parameters }: TemplateView,
): Promise<Readonly<Record<string, ParameterValue>>> {
  const values = await templates.runValues(source.id);
  const taken: Record<string, ParameterValue> = {};
  for (const { name, type } of parameters) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    const wasSecret = source.parameters?.[name] === null;
    if (value !== undefined && (type === "secret" || !wasSecret)) taken[name] = value;
  }
  return taken;
}
