/** A table as Markdown; the first column to the left, figures to the right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, at) => (at === 0 ? "---" : "--:"));
  return [head, rule, ...rows].map(line).join("\n");
}

/** 1234.5 → `1,235`; what was not measured → `–`. */
export const count = (value: number): string =>
  Number.isFinite(value) ? Math.round(value).toLocaleString("en-US") : "–";

/** 2.345 → `2.3`; what was not measured → `–`. */
export const decimal = (value: number): string =>
  Number.isFinite(value) ? value.toFixed(value < 1 ? 2 : 1) : "–";
