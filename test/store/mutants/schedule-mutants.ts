import { readSchedule } from "#adapters/store/reads/schedules.ts";
import { changeSchedule, createSchedule } from "#adapters/store/transitions/change-schedules.ts";
import { fireSchedule } from "#adapters/store/transitions/insert-template-run.ts";
import { scheduleRaces } from "../schedule-races.exam.ts";
import { firings, schedules } from "../schedules.exam.ts";
import { type Mutant, mutant } from "./mutant.ts";

/** Statements of schedules with a guard missing. */
export const scheduleMutants: Readonly<Record<string, Mutant>> = {
  "a schedule fires at whatever version": mutant(
    fireSchedule,
    scheduleRaces["two ticks at once fire once"],
    ['where s.version = x."scheduleVersion"', 'where x."scheduleVersion" > 0'],
  ),
  "a trigger and the clock do not see each other": mutant(
    fireSchedule,
    scheduleRaces["a trigger and the clock at once: the second decides anew"],
    ['where s.version = x."scheduleVersion"', 'where x."scheduleVersion" > 0'],
  ),
  "a schedule is not locked before its run is made": mutant(
    fireSchedule,
    scheduleRaces["a firing waits for whoever disables the schedule: no run"],
    ["\n    for update of s\n  ),\n  locked_template", "\n  ),\n  locked_template"],
  ),
  "a schedule runs a template that is not Active": mutant(
    fireSchedule,
    firings["refused: a firing while the template is not Active, or the queue is full"],
    ["where j.status = 'Active' and not", "where not"],
  ),
  "a schedule waits for ever at a time that has its run": mutant(
    fireSchedule,
    firings["a time has one run, whatever became of its schedule's clock"],
    [
      'from x, locked_template lt where s.id = any(array[x."scheduleId"])',
      'from x, new_run lt where s.id = any(array[x."scheduleId"])',
    ],
  ),
  "a schedule without a time stays enabled": mutant(
    fireSchedule,
    firings["a triggered run is of no time, and leaves those of the clock"],
    ["coalesce(s.disabled_reason, 'it is due no more')", "'it is due no more'"],
  ),
  "a change at whatever version": mutant(
    changeSchedule,
    schedules["a change sets what it says at the version it was decided on, once"],
    ["and s.version = x.version", "and x.version > 0"],
  ),
  "a change forgets secrets": mutant(
    changeSchedule,
    schedules["a change sets what it says at the version it was decided on, once"],
    ["coalesce(x.secrets, s.secrets)", "coalesce(x.secrets, '{}')"],
  ),
  "the clock is recorded as a person": mutant(
    changeSchedule,
    schedules["what a person does is recorded, what the clock does is not"],
    ["case when x.audit is null then s.updated_at else t.now end", "t.now"],
  ),
  "schedules without end": mutant(
    createSchedule,
    schedules["an install has so many schedules and no more"],
    ["where c.schedules < :max::bigint", "where c.schedules < :max::bigint + 1"],
  ),
  "failures before a success count": mutant(
    readSchedule,
    firings["failures are the runs that failed since one succeeded, and since it was enabled"],
    ["\n        and n.number > n.succeeded", ""],
  ),
  "failures before it was enabled count": mutant(
    readSchedule,
    firings["failures are the runs that failed since one succeeded, and since it was enabled"],
    [" and n.created_at >= s.failures_since", ""],
  ),
};
