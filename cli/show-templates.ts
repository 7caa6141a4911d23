/** How templates and their runs look to a person. */
import type { RunSummaryBody } from "#core/domain/spec/api.ts";
import type {
  TemplateBody,
  TemplateStatsBody,
  TemplateSummaryBody,
} from "#core/domain/spec/template-api.ts";
import { formatSpan } from "./duration.ts";
import type { Cell, Output } from "./output.ts";
import { agoCell, instantCell, pairsCell, phaseCell, ranCell, textCell } from "./show-runs.ts";

type Parameter = TemplateBody["parameters"][number];
type Facts = readonly (readonly [string, Cell])[];

const statusCell = (status: string): Cell => ({
  text: status,
  tone: status === "Active" ? "good" : "dim",
});

export function templateTable(
  output: Output,
  templates: readonly TemplateSummaryBody[],
  nowMs: number,
): Promise<void> {
  return output.table(
    ["NAME", "STATUS", "VERSION", "CHANGED", "DESCRIPTION"],
    templates.map((template) => [
      textCell(template.name),
      statusCell(template.status),
      textCell(template.version),
      agoCell(template.updatedAt, nowMs),
      textCell(template.description),
    ]),
  );
}

export function versionTable(
  output: Output,
  versions: readonly TemplateSummaryBody[],
  nowMs: number,
): Promise<void> {
  return output.table(
    ["VERSION", "MADE", "BY", "DESCRIPTION"],
    versions.map(({ version, versionAt, createdBy, description }) => [
      textCell(version),
      agoCell(versionAt, nowMs),
      textCell(createdBy),
      textCell(description),
    ]),
  );
}

export function numberedRunTable(
  output: Output,
  runs: readonly RunSummaryBody[],
  nowMs: number,
): Promise<void> {
  return output.table(
    ["NUMBER", "VERSION", "PHASE", "REASON", "EXIT", "AGE", "RAN", "ID"],
    runs.map((run) => [
      textCell(`#${run.template?.number ?? "-"}`),
      textCell(run.template?.version ?? null),
      phaseCell(run.phase, run.stopping),
      textCell(run.reason),
      textCell(run.exitCode),
      agoCell(run.createdAt, nowMs),
      ranCell(run, nowMs),
      textCell(run.id),
    ]),
  );
}

/** A template on a page of its own: one fact a line, what has no value left out. */
export function templateFacts(template: TemplateBody, nowMs: number): Facts {
  const { version, newestVersion } = template;
  const newest = version === newestVersion ? "" : ` (the newest is ${newestVersion})`;
  const facts: readonly (readonly [string, Cell | null])[] = [
    ["Template", textCell(template.name)],
    ["Id", textCell(template.id)],
    ["Status", statusCell(template.status)],
    ["Version", textCell(`${version}${newest}`)],
    ["Description", template.description === "" ? null : textCell(template.description)],
    ["Labels", pairsCell(template.labels)],
    ["Made by", template.createdBy === null ? null : textCell(template.createdBy)],
    ["Created", instantCell(template.createdAt, nowMs)],
    ["Changed", instantCell(template.updatedAt, nowMs)],
  ];
  return facts.flatMap(([name, cell]) => (cell === null ? [] : [[name, cell] as const]));
}

export function parameterTable(output: Output, parameters: readonly Parameter[]): Promise<void> {
  return output.table(
    ["PARAMETER", "TYPE", "REQUIRED", "DEFAULT", "ALLOWED", "DESCRIPTION"],
    parameters.map((parameter) => [
      textCell(parameter.name),
      textCell(parameter.type),
      textCell(parameter.required ? "yes" : "no"),
      textCell(parameter.default === null ? null : String(parameter.default)),
      textCell(allowed(parameter)),
      textCell(parameter.description),
    ]),
  );
}

function allowed({ choices, pattern, min, max }: Parameter): string | null {
  if (choices.length > 0) return choices.join(", ");
  if (pattern !== null) return pattern;
  return min === null && max === null ? null : `${min ?? ""}..${max ?? ""}`;
}

export function statsFacts(stats: TemplateStatsBody, nowMs: number): Facts {
  const { lastRun, durationsMs } = stats;
  const ended = stats.succeeded + stats.failed;
  const share = ended === 0 ? "" : ` (${Math.round((100 * stats.succeeded) / ended)} %)`;
  const facts: (readonly [string, Cell | null])[] = [
    ["Runs", textCell(`${stats.isCut ? "the newest " : ""}${stats.runs} kept of ${stats.numbers}`)],
    ["Open", textCell(stats.open)],
    ["Succeeded", textCell(`${stats.succeeded}${share}`)],
    ["Failed", textCell(stats.failed)],
    ["Cancelled", textCell(stats.cancelled)],
    ["Last run", lastRun === null ? null : textCell(`#${lastRun.number} ${lastRun.phase}`)],
    ["Started", lastRun === null ? null : instantCell(lastRun.createdAt, nowMs)],
    ["Duration", durationsMs === null ? null : textCell(spans(durationsMs))],
  ];
  return facts.flatMap(([name, cell]) => (cell === null ? [] : [[name, cell] as const]));
}

const spans = ({ median, p95, max }: NonNullable<TemplateStatsBody["durationsMs"]>): string =>
  `median ${formatSpan(median)}, 95 % within ${formatSpan(p95)}, longest ${formatSpan(max)}`;
