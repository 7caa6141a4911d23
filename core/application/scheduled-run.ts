import type { MachineProfile } from "#core/domain/worker/profile.ts";
import type { ScheduleToFire } from "#core/ports/schedule-store.ts";
import type { NewTemplateRun, TemplateView } from "#core/ports/template-store.ts";
import { newRun, refuseUnplaceable } from "./new-run.ts";
import { firedValues } from "./schedule-values.ts";

/** What else there is to say of a run that a schedule makes. */
export interface ScheduledRunPlan {
  readonly id: string;
  readonly digest: string;
  readonly idempotencyKey: string | null;
  readonly submittedBy: string | null;
}

/**
 * The run that a schedule makes of the newest version of its template. Throws InvalidRequest when the
 * template takes its values no more, Unplaceable when no machine could run it.
 */
export function scheduledRun(
  profiles: readonly MachineProfile[],
  schedule: ScheduleToFire,
  { id: templateId, version: templateVersion, spec, parameters }: TemplateView,
  { id, digest, ...request }: ScheduledRunPlan,
): NewTemplateRun {
  const { shown, secrets } = firedValues(schedule, { parameters });
  refuseUnplaceable(spec, profiles);
  const base = newRun(spec, { spec: null, ...request }, id);
  return { ...base, digest, templateId, templateVersion, parameters: shown, secrets };
}
