import { DomainError } from "#core/domain/errors.ts";
import { askForLook } from "./ask-for-look.ts";
import { findSchedule, findScheduleToFire } from "./find-schedule.ts";
import { findTemplate, notActive } from "./find-template.ts";
import type { SubmitOutcome } from "./operations.ts";
import { replaceRuns } from "./replace-runs.ts";
import { planOf, repeatedOf } from "./run-template.ts";
import type { ScheduleDeps, TriggerRequest } from "./schedule-operations.ts";
import { scheduledRun } from "./scheduled-run.ts";
import { detailOf, runOfHolder } from "./submit-run.ts";

/** How often it is decided anew on what the clock, or others, did meanwhile. */
const TRIES = 5;

/**
 * Runs a schedule once now, enabled or not; the times of the clock stay as they are. Its overlap policy
 * holds. The same key answers the first run. Throws ScheduleNotFound, TemplateNotActive, Conflict while a
 * run is not over that must not be overlapped, InvalidRequest when the template takes its values no more,
 * Unplaceable, IdempotencyConflict, QueueFull.
 */
export async function triggerSchedule(
  deps: ScheduleDeps,
  { reference, idempotencyKey, by }: TriggerRequest,
): Promise<SubmitOutcome> {
  const { id } = await findSchedule(deps.schedules, reference);
  const request = { parameters: undefined, idempotencyKey, submittedBy: by };
  const plan = planOf(deps, request, { schedule: id });
  const repeated = await repeatedOf(deps, plan);
  for (let attempt = 0; repeated === null && attempt < TRIES; attempt += 1) {
    const made = await triggerOnce(deps, id, plan);
    if (made) return made;
  }
  if (repeated) return repeated;
  throw new DomainError("Conflict", "the schedule is being changed by others; try again");
}

/** null = the schedule, or its template, moved meanwhile. */
async function triggerOnce(
  deps: ScheduleDeps,
  id: string,
  plan: ReturnType<typeof planOf>,
): Promise<SubmitOutcome | null> {
  const schedule = await findScheduleToFire(deps.schedules, id);
  const template = await findTemplate(deps.templates, schedule.templateId);
  if (template.status !== "Active") throw notActive(template);
  const { version, nextFireAt, name, openRuns, overlap } = schedule;
  const [open] = openRuns;
  if (overlap === "Forbid" && open !== undefined)
    throw new DomainError("Conflict", `run ${open} of schedule ${name} is not over`);
  const run = scheduledRun(deps.profiles, schedule, template, plan);
  if (overlap === "Replace") await replaceRuns(deps.requestStops, name, openRuns);
  const firing = { run, scheduleId: id, version, nextFireAt, scheduledFor: null, message: null };
  const { stored, full, poked, number } = await deps.schedules.fire(firing);
  if (!stored || number === null) {
    const holder = (await deps.store.findRuns([run])).get(run.id);
    if (!holder && !full) return null;
    return { run: await runOfHolder(deps, run, holder, full), created: false };
  }
  deps.telemetry.count("runs_submitted_total", { outcome: "created" });
  deps.telemetry.count("schedules_due_total", { result: "Triggered" });
  await askForLook(deps.wake, [run], poked);
  const { id: templateId, name: templateName, version: templateVersion } = template;
  const made = {
    template: { id: templateId, name: templateName, version: templateVersion, number },
    schedule: { id, name, scheduledFor: null },
    parameters: run.parameters,
  };
  return { run: { ...detailOf(run, stored), ...made }, created: true };
}
