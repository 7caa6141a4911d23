/**
 * Fills in what the reference pages take from the sources: `node scripts/reference-docs.ts`. Only
 * what stands between `<!-- from … -->` and `<!-- end -->` is written; the prose around is by hand.
 * A house test compares, so that a page never says something else than the code.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { DomainError, ERROR_CODES } from "#core/domain/errors.ts";
import { ATTEMPT_PHASE_NEXT } from "#core/domain/job-run/attempt.ts";
import { RUN_PHASE_NEXT } from "#core/domain/job-run/phase.ts";
import { limits } from "#core/domain/limits.ts";
import { WORKER_PHASE_NEXT } from "#core/domain/worker/phase.ts";
import { COUNTERS, GAUGES, HISTOGRAMS } from "#core/ports/telemetry.ts";
import { problemResponse } from "../functions/http/problem.ts";
import { GRPC_STATUS } from "../gateway/status.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
export const REFERENCE_PAGES = ["errors", "limits", "metrics", "states"].map(
  (name) => `docs/reference/${name}.md`,
);

/** The names of gRPC's codes, by number, as its specification lists them. */
const GRPC_NAMES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const code = (text: string | number) => `\`${text}\``;

async function errors(): Promise<string> {
  const rows = await Promise.all(
    ERROR_CODES.map(async (errorCode) => {
      const response = problemResponse(new DomainError(errorCode, ""), "");
      const { title } = (await response.json()) as { title: string };
      const after = response.headers.get("retry-after");
      const meaning = after === null ? title : `${title} (asks to try again after ${after} s)`;
      return [
        code(errorCode),
        `${response.status}`,
        code(GRPC_NAMES[GRPC_STATUS[errorCode]] ?? ""),
        meaning,
      ];
    }),
  );
  return table(["Code", "HTTP", "gRPC", "Meaning"], rows);
}

const metrics = (catalogue: Readonly<Record<string, string>>): string =>
  table(
    ["Name", "Meaning"],
    Object.entries(catalogue).map(([name, help]) => [code(name), help]),
  );

/** A state diagram in mermaid: every edge of the table, final phases leading to the end. */
function diagram(next: Readonly<Record<string, readonly string[]>>, first: string): string {
  const edges = Object.entries(next).flatMap(([from, following]) =>
    (following.length === 0 ? ["[*]"] : following).map((to) => `  ${from} --> ${to}`),
  );
  return ["```mermaid", "stateDiagram-v2", `  [*] --> ${first}`, ...edges, "```"].join("\n");
}

/** Every bound with its value and the reason that its line gives, under the headings of the file. */
function limitTables(): string {
  const text = readFileSync(`${root}/core/domain/limits.ts`, "utf8");
  const tree = ts.createSourceFile("limits.ts", text, ts.ScriptTarget.Latest, true);
  const parts: { heading: string; rows: string[][] }[] = [];
  const read = (node: ts.Node): void => {
    ts.forEachChild(node, read);
    if (!ts.isPropertyAssignment(node)) return;
    const name = node.name.getText(tree) as keyof typeof limits;
    const above = text.slice(node.getFullStart(), node.getStart(tree));
    const heading = /\n\s*\/\/ (.+)\n/.exec(above)?.[1];
    if (heading) parts.push({ heading, rows: [] });
    const reason = /^,?\s*\/\/ (.*)$/.exec(text.slice(node.end).split("\n")[0] ?? "")?.[1] ?? "";
    parts.at(-1)?.rows.push([code(name), code(limits[name]), reason]);
  };
  read(tree);
  return parts
    .map(({ heading, rows }) => `### ${heading}\n\n${table(["Limit", "Value", "Why"], rows)}`)
    .join("\n\n");
}

const PARTS: Readonly<Record<string, () => string | Promise<string>>> = {
  "core/domain/errors.ts": errors,
  "core/domain/limits.ts": limitTables,
  "core/ports/telemetry.ts: counters": () => metrics(COUNTERS),
  "core/ports/telemetry.ts: histograms": () => metrics(HISTOGRAMS),
  "core/ports/telemetry.ts: gauges": () => metrics(GAUGES),
  "core/domain/job-run/phase.ts": () => diagram(RUN_PHASE_NEXT, "Pending"),
  "core/domain/job-run/attempt.ts": () => diagram(ATTEMPT_PHASE_NEXT, "Assigned"),
  "core/domain/worker/phase.ts": () => diagram(WORKER_PHASE_NEXT, "Creating"),
};

/** The page with its parts as the sources have them now. Throws for a part nobody knows. */
export async function withParts(page: string): Promise<string> {
  const pieces = page.split(/(<!-- from (.+?) -->\n)[\s\S]*?(<!-- end -->)/);
  let filled = "";
  for (let at = 0; at < pieces.length; at += 4) {
    const [prose = "", opening, source, closing] = pieces.slice(at, at + 4);
    filled += prose;
    if (opening === undefined || source === undefined) continue;
    const part = PARTS[source];
    if (!part) throw new Error(`no part is made from ${source}`);
    filled += `${opening}\n${await part()}\n\n${closing}`;
  }
  return filled;
}

async function main(): Promise<void> {
  for (const path of REFERENCE_PAGES) {
    const file = `${root}/${path}`;
    writeFileSync(file, await withParts(readFileSync(file, "utf8")));
  }
}

if (import.meta.main) await main();
