import { Cron } from "croner";
import { DomainError } from "../errors.ts";
import { limits } from "../limits.ts";
import { type ZoneClock, zoneClock } from "./zone-clock.ts";

/** When a cron expression is due in a time zone. Instants are epoch milliseconds. */
export interface FireTimes {
  /** The first instant after this one; null = there is none, as of the 30th of February. */
  next(afterMs: number): number | null;
}

const FIELDS = 5;
const NICKNAMES = /^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/i;
const FIELD = /^[\dA-Za-z*/,#-]+$/;

/**
 * Of five fields, or a nickname such as `@daily`. Where hours are named, the clocks of the zone decide: a
 * time that they skip is due at the instant they skip it, once for all such times, and one that they show
 * twice is due the first time. Where every hour is meant (`*` or `* /n` in the second field), time goes on
 * as it does: no hour is left out and none is taken for another. Throws InvalidSpec that blames `cron` or
 * `timezone`.
 */
export function fireTimes(expression: string, timezone: string): FireTimes {
  const clock = zoneClock(timezone);
  if (clock === null) throw invalid("timezone", "is no time zone such as Europe/Madrid or UTC");
  const text = expression.trim();
  const fields = text.split(/\s+/);
  const isNickname = NICKNAMES.test(text);
  if (text.length > limits.cronCharsMax)
    throw invalid("cron", `must have at most ${limits.cronCharsMax} characters`);
  if (!isNickname && fields.length !== FIELDS)
    throw invalid("cron", "must have five fields: minute, hour, day, month, day of the week");
  const odd = isNickname ? undefined : fields.find((field) => !FIELD.test(field));
  if (odd !== undefined) throw invalid("cron", `has a field that is none: ${odd}`);
  const everyHour = isNickname ? /^@hourly$/i.test(text) : fields[1]?.startsWith("*") === true;
  return everyHour
    ? asTimeGoesOn(cronOf(text, timezone))
    : asClocksShow(cronOf(text, "UTC"), clock);
}

function cronOf(text: string, timezone: string): Cron {
  try {
    return new Cron(text, { timezone, mode: "5-part" });
  } catch (error) {
    const said = error instanceof Error ? error.message : "is not valid";
    throw invalid("cron", said.replace(/^CronPattern: /, ""));
  }
}

const asTimeGoesOn = (cron: Cron): FireTimes => ({
  next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() ?? null,
});

/** The library sees walls alone, as UTC, which neither skips nor repeats. */
const asClocksShow = (cron: Cron, clock: ZoneClock): FireTimes => ({
  next: (afterMs) => {
    let wall: Date | null = cron.nextRun(new Date(clock.wallAt(afterMs)));
    while (wall !== null && clock.instantOf(wall.getTime()) <= afterMs) wall = cron.nextRun(wall);
    return wall === null ? null : clock.instantOf(wall.getTime());
  },
});

/**
 * The newest instant that is due at `nowMs`, given one that is. By bisection: after a year of minutes it
 * takes forty questions, as after an hour.
 */
export function newestDue(times: FireTimes, dueMs: number, nowMs: number): number {
  let [known, later] = [dueMs, nowMs + 1]; // something is due at or after `known`, nothing after `later`
  const isDueAfter = (ms: number): boolean => (times.next(ms) ?? Infinity) <= nowMs;
  if (!isDueAfter(known)) return dueMs;
  while (later - known > 1) {
    const middle = Math.floor((known + later) / 2);
    if (isDueAfter(middle)) known = middle;
    else later = middle;
  }
  return times.next(known) ?? dueMs;
}

const invalid = (path: string, message: string): DomainError =>
  new DomainError("InvalidSpec", `${path} ${message}`, { fields: [{ path, message }] });
