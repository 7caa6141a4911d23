/** How schedules look to a person. */
import type { ScheduleBody, UpcomingBody } from "#core/domain/spec/schedule-api.ts";
import type { Cell, Output } from "./output.ts";
import { instantCell, pairsCell, phaseCell, shownValues, textCell } from "./show-runs.ts";

const enabledCell = (enabled: boolean): Cell => ({
  text: enabled ? "enabled" : "disabled",
  tone: enabled ? "good" : "dim",
});

export function scheduleTable(
  output: Output,
  schedules: readonly ScheduleBody[],
  nowMs: number,
): Promise<void> {
  return output.table(
    ["NAME", "TEMPLATE", "CRON", "TIMEZONE", "STATUS", "NEXT", "LAST"],
    schedules.map((schedule) => [
      textCell(schedule.name),
      textCell(schedule.template.name),
      textCell(schedule.cron),
      textCell(schedule.timezone),
      enabledCell(schedule.enabled),
      instantCell(schedule.nextRunAt, nowMs) ?? textCell(null),
      lastCell(schedule),
    ]),
  );
}

/** A schedule on a page of its own: one fact a line, what has no value left out. */
export function scheduleFacts(
  schedule: ScheduleBody,
  nowMs: number,
): readonly (readonly [string, Cell])[] {
  const { last, lastRun, maxConsecutiveFailures: max, consecutiveFailures } = schedule;
  const pauses = schedule.pauseOnFailure && max > 0 ? `, paused at ${max}` : "";
  const facts: readonly (readonly [string, Cell | null])[] = [
    ["Schedule", textCell(schedule.name)],
    ["Id", textCell(schedule.id)],
    ["Description", schedule.description === "" ? null : textCell(schedule.description)],
    ["Template", textCell(schedule.template.name)],
    ["Parameters", pairsCell(shownValues(schedule.parameters))],
    ["Due", textCell(`${schedule.cron} in ${schedule.timezone}`)],
    ["Overlap", textCell(schedule.overlap)],
    ["Catches up", textCell(`${schedule.catchUpSeconds} s`)],
    ["Status", enabledCell(schedule.enabled)],
    ["Because", schedule.disabledReason === null ? null : textCell(schedule.disabledReason)],
    ["Next", instantCell(schedule.nextRunAt, nowMs)],
    ["Last", last === null ? null : lastCell(schedule)],
    ["Was due", instantCell(last?.at ?? null, nowMs)],
    ["Message", last?.message == null ? null : textCell(last.message)],
    ["Last run", lastRun === null ? null : textCell(lastRun.id)],
    ["Failures", textCell(`${consecutiveFailures} in a row${pauses}`)],
    ["Made by", schedule.createdBy === null ? null : textCell(schedule.createdBy)],
    ["Created", instantCell(schedule.createdAt, nowMs)],
    ["Changed", instantCell(schedule.updatedAt, nowMs)],
  ];
  return facts.flatMap(([name, cell]) => (cell === null ? [] : [[name, cell] as const]));
}

/** How the newest run is, or why there was none. */
function lastCell({ last, lastRun }: ScheduleBody): Cell {
  if (last === null) return textCell(null);
  return last.result === "Fired" && lastRun !== null
    ? phaseCell(lastRun.phase)
    : textCell(last.result);
}

export function upcomingTable(
  output: Output,
  { upcoming }: UpcomingBody,
  nowMs: number,
): Promise<void> {
  return output.table(
    ["DUE", "SCHEDULE", "TEMPLATE"],
    upcoming.map(({ at, schedule, template }) => [
      instantCell(at, nowMs) ?? textCell(null),
      textCell(schedule.name),
      textCell(template.name),
    ]),
  );
}
