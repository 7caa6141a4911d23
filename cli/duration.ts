const PARTS = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Whole seconds of `90`, `90s`, `30m`, `2h`, `1d12h`; null when the text is no duration. */
export function parseDuration(text: string): number | null {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const match = text === "" ? null : PARTS.exec(text);
  if (match === null) return null;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  const total = ((days ?? 0) * 24 + (hours ?? 0)) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
  return Number.isSafeInteger(total) ? total : null;
}

/** The two largest units of a span: `45s`, `3m20s`, `2h5m`, `4d3h`. Below zero counts as zero. */
export function formatSpan(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const pair = (large: number, unit: string, small: number, smaller: string): string =>
    small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smaller}`;
  if (days > 0) return pair(days, "d", hours % 24, "h");
  if (hours > 0) return pair(hours, "h", minutes % 60, "m");
  if (minutes > 0) return pair(minutes, "m", seconds % 60, "s");
  return `${seconds}s`;
}
