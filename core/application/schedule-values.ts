import { DomainError } from "#core/domain/errors.ts";
import type { ParameterValue } from "#core/domain/template/parameter.ts";
import { type ParameterValues, parameterValues } from "#core/domain/template/parameter-values.ts";
import type { ScheduleToFire } from "#core/ports/schedule-store.ts";
import type { TemplateView } from "#core/ports/template-store.ts";

/**
 * The values that a schedule keeps of those that were given for its template: what is left out stays the
 * template's to say. Throws InvalidRequest as `parameterValues` does.
 */
export function keptValues({ parameters }: TemplateView, given: unknown): ParameterValues {
  const { shown, secrets } = parameterValues(parameters, given ?? {});
  const isGiven = ([name]: readonly [string, unknown]) =>
    ((given ?? {}) as Record<string, unknown>)[name] != null;
  return { shown: Object.fromEntries(Object.entries(shown).filter(isGiven)), secrets };
}

/**
 * The values of a run that the schedule makes. Throws InvalidRequest when its template takes them no
 * more; also when a secret would be shown, because its parameter is none any more.
 */
export function firedValues(
  { parameters: shown, secrets }: Pick<ScheduleToFire, "parameters" | "secrets">,
  { parameters }: Pick<TemplateView, "parameters">,
): ParameterValues {
  const given: Record<string, ParameterValue | null> = { ...shown, ...secrets };
  const exposed = parameters.find(
    ({ name, type }) => type !== "secret" && Object.hasOwn(secrets, name),
  );
  if (exposed === undefined) return parameterValues(parameters, given);
  const path = `parameters.${exposed.name}`;
  const message = "was given as a secret, which it is no more";
  throw new DomainError("InvalidRequest", `${path} ${message}`, { fields: [{ path, message }] });
}
