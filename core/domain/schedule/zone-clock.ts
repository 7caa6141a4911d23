/** What the clocks of a time zone show. Instants and what clocks show ("wall") are both milliseconds. */
export interface ZoneClock {
  /** What they show at an instant, as if that were UTC. */
  wallAt(instantMs: number): number;
  /**
   * When they show this: the first time of two, when they are put back; the instant at which they are put
   * forward, when they never show it.
   */
  instantOf(wallMs: number): number;
}

const DAY_MS = 24 * 3600_000;
const clocks = new Map<string, ZoneClock>();

/** null = there is no zone of this name; an offset such as `+02:00` is none. */
export function zoneClock(name: string): ZoneClock | null {
  const known = clocks.get(name);
  if (known) return known;
  const format = formatOf(name);
  if (format === null) return null;
  const clock = clockOf(format);
  clocks.set(name, clock); // names that exist: a few hundred
  return clock;
}

function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  if (!/^[A-Za-z]/.test(timeZone)) return null;
  const number = "numeric";
  try {
    return new Intl.DateTimeFormat("en-US", {
      ...{ timeZone, hourCycle: "h23", calendar: "gregory", numberingSystem: "latn" },
      ...{ year: number, month: number, day: number, hour: number, minute: number, second: number },
    });
  } catch {
    return null; // a RangeError: the one way to ask whether there is such a zone
  }
}

function clockOf(format: Intl.DateTimeFormat): ZoneClock {
  const wallAt = (instantMs: number): number => {
    const parts = format.formatToParts(instantMs);
    const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
    const day = Date.UTC(part("year"), part("month") - 1, part("day"));
    const seconds = (part("hour") * 60 + part("minute")) * 60 + part("second");
    return day + seconds * 1000 + (((instantMs % 1000) + 1000) % 1000);
  };
  const offsetAt = (instantMs: number): number => wallAt(instantMs) - instantMs;
  return {
    wallAt,
    instantOf: (wallMs) => {
      const before = wallMs - offsetAt(wallMs - DAY_MS);
      const after = wallMs - offsetAt(wallMs + DAY_MS);
      const shown = [before, after].filter((instant) => wallAt(instant) === wallMs);
      if (shown.length > 0) return Math.min(...shown);
      return changeBetween(offsetAt, Math.min(before, after), Math.max(before, after));
    },
  };
}

/** The first instant in (from, to] that has the offset of `to`. */
function changeBetween(offsetAt: (ms: number) => number, from: number, to: number): number {
  let [earlier, later] = [from, to];
  while (later - earlier > 1) {
    const middle = Math.floor((earlier + later) / 2);
    if (offsetAt(middle) === offsetAt(to)) later = middle;
    else earlier = middle;
  }
  return later;
}
