import { DomainError, isDomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { decideFiring, type Firing } from "#core/domain/schedule/decide-firing.ts";
import { type FireTimes, fireTimes } from "#core/domain/schedule/fire-times.ts";
import type { ScheduleChange, ScheduleToFire } from "#core/ports/schedule-store.ts";
import { findTemplate } from "./find-template.ts";
import { sha256 } from "./new-run.ts";
import type { ReconcileDeps } from "./reconcile-deps.ts";
import { replaceRuns } from "./replace-runs.ts";
import { scheduledRun } from "./scheduled-run.ts";

type Deps = Pick<
  ReconcileDeps,
  "schedules" | "templates" | "store" | "profiles" | "newId" | "log" | "telemetry"
>;

/**
 * Makes the runs of schedules whose time has come, and answers how many schedules moved. Each is for
 * itself: what is wrong with one is said there and keeps no other from its time. Two passes at once make
 * one run, because each decides on a version that only one of them can move.
 */
export async function fireSchedules(deps: Deps): Promise<number> {
  let moved = 0;
  for (const schedule of await deps.schedules.dueSchedules(limits.schedulesPerTickMax)) {
    try {
      if (await fireDue(deps, schedule)) moved += 1;
    } catch (error) {
      const { id: scheduleId } = schedule;
      deps.log.error(
        { scheduleId, err: error },
        "a schedule could not be served, and is tried again",
      );
    }
  }
  return moved;
}

async function fireDue(deps: Deps, schedule: ScheduleToFire): Promise<boolean> {
  const { nextFireAt, now } = schedule;
  if (nextFireAt === null) return false;
  const times = timesOf(schedule);
  if ("problem" in times) return pause(deps, schedule, times.problem);
  const firing = decideFiring({ ...schedule, nextFireAt }, times, now);
  switch (firing.kind) {
    case "pause":
      return pause(deps, schedule, firing.message);
    case "skip":
      return goOn(deps, schedule, firing.next, { result: firing.result, message: firing.message });
    case "fire":
      return fire(deps, schedule, firing);
    default:
      return firing satisfies never;
  }
}

async function fire(
  deps: Deps,
  schedule: ScheduleToFire,
  { scheduledFor, next, stop, message }: Extract<Firing, { kind: "fire" }>,
): Promise<boolean> {
  const { id: scheduleId, name, version } = schedule;
  const run = await runOf(deps, schedule, scheduledFor);
  if (run instanceof DomainError) {
    const why = run.fields.map(({ path, message: said }) => `${path} ${said}`).join("; ");
    return goOn(deps, schedule, next, { result: "Failed", message: why || run.message });
  }
  await replaceRuns(deps.store.requestStops, name, stop);
  const firing = { run, scheduleId, version, scheduledFor, nextFireAt: next, message };
  const { stored, full } = await deps.schedules.fire(firing);
  if (full) deps.log.warn({ scheduleId }, "a schedule waits because the queue is full");
  if (!stored) return false; // somebody was faster, or it is decided anew by the next pass
  noteResult(deps, schedule, "Fired", run.id);
  deps.telemetry.count("runs_submitted_total", { outcome: "created" });
  return true;
}

/** The run of a time, or why there can be none. */
async function runOf(deps: Deps, schedule: ScheduleToFire, scheduledFor: number) {
  const { id, name, templateId } = schedule;
  const template = await findTemplate(deps.templates, templateId);
  const plan = {
    ...{ id: deps.newId(), idempotencyKey: null, submittedBy: `schedule ${name}` },
    digest: sha256(JSON.stringify({ schedule: id, scheduledFor })),
  };
  try {
    return scheduledRun(deps.profiles, schedule, template, plan);
  } catch (error) {
    if (isDomainError(error)) return error;
    throw error;
  }
}

/** Takes a schedule to its next time without a run, and says why. */
async function goOn(
  deps: Deps,
  schedule: ScheduleToFire,
  next: number | null,
  last: { result: NonNullable<ScheduleChange["lastResult"]>; message: string },
): Promise<boolean> {
  if (next === null) return pause(deps, schedule, "it is due no more");
  noteResult(deps, schedule, last.result);
  return deps.schedules.changeSchedule({
    ...{ ...schedule, nextFireAt: next, secrets: null, audit: null },
    ...{ lastAt: schedule.nextFireAt, lastResult: last.result, lastMessage: last.message },
    misfires: schedule.misfires + (last.result === "Failed" ? 1 : 0),
  });
}

function pause(deps: Deps, schedule: ScheduleToFire, why: string): Promise<boolean> {
  noteResult(deps, schedule, "Paused");
  return deps.schedules.changeSchedule({
    ...{ ...schedule, enabled: false, nextFireAt: null, secrets: null, audit: null },
    disabledReason: `paused by the clock: ${why}`,
  });
}

function noteResult(
  { log, telemetry }: Deps,
  { id: scheduleId }: ScheduleToFire,
  result: string,
  runId?: string,
): void {
  log.info({ scheduleId, runId, result }, "a schedule was due");
  telemetry.count("schedules_due_total", { result });
}

function timesOf({ cron, timezone }: ScheduleToFire): FireTimes | { readonly problem: string } {
  try {
    return fireTimes(cron, timezone);
  } catch (error) {
    if (isDomainError(error)) return { problem: error.message };
    throw error;
  }
}
