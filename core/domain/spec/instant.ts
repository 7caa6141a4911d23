const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * An RFC 3339 instant from 1970 to 9999 as `2026-01-31T12:00:00.000Z`; null when the text is none.
 * Stricter than `Date.parse`, which takes the 31st of February for the 3rd of March. Fractions
 * below a millisecond are cut.
 */
export function parseInstant(text: string): string | null {
  const match = INSTANT.exec(text);
  if (match === null) return null;
  const number = (group: number): number => Number(match[group] ?? 0);
  const [year, month, day] = [number(1), number(2), number(3)];
  const [hour, minute, second] = [number(4), number(5), number(6)];
  if (year < 1970 || hour > 23 || minute > 59 || second > 59) return null;
  if (number(9) > 23 || number(10) > 59) return null;
  const midnight = new Date(Date.UTC(year, month - 1, day));
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return null;
  const milliseconds = Number((match[7] ?? "0").slice(0, 3).padEnd(3, "0"));
  const offsetMinutes = (number(9) * 60 + number(10)) * (match[8] === "-" ? -1 : 1);
  const atMs =
    midnight.getTime() + ((hour * 60 + minute - offsetMinutes) * 60 + second) * 1000 + milliseconds;
  return atMs < 0 || atMs > LAST_MS ? null : new Date(atMs).toISOString();
}
