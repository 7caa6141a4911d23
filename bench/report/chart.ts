import { count } from "./markdown-table.ts";

export interface Bar {
  readonly title: string;
  readonly value: number;
  /** Drawn in the colour that is ours. */
  readonly ours: boolean;
}

export interface Group {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 720;
const NAMES = 190;
const FIGURES = 80;
const ROW = 24;
const GAP = 34;
const OURS = "#0f766e";
const PEERS = "#94a3b8";

/** Groups of horizontal bars, each group to its own scale, as an SVG document. */
export function barChart(groups: readonly Group[]): string {
  let y = 0;
  const parts = groups.flatMap(({ title, bars }) => {
    const most = Math.max(...bars.map(({ value }) => value));
    y += GAP;
    const heading = text(0, y - 12, title, 'font-weight="600"');
    const rows = bars.map((bar) => {
      const row = barRow(bar, y, most);
      y += ROW;
      return row;
    });
    return [heading, ...rows];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + GAP / 2}" font-family="system-ui, sans-serif" font-size="13" fill="#334155">`,
    `<title>${escaped(groups.map(({ title }) => title).join("; "))}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
  ].join("\n")}\n`;
}

function barRow({ title, value, ours }: Bar, y: number, most: number): string {
  const width = Math.max(1, Math.round(((WIDTH - NAMES - FIGURES) * value) / most));
  return [
    text(NAMES - 10, y + 15, title, 'text-anchor="end"'),
    `<rect x="${NAMES}" y="${y + 3}" width="${width}" height="${ROW - 6}" rx="2" fill="${ours ? OURS : PEERS}"/>`,
    text(NAMES + width + 8, y + 15, count(value)),
  ].join("");
}

const text = (x: number, y: number, content: string, more = ""): string =>
  `<text x="${x}" y="${y}"${more && ` ${more}`}>${escaped(content)}</text>`;

const escaped = (content: string): string =>
  content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
