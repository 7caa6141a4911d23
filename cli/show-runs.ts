/** How runs, attempts and events look to a person. */
import type { AttemptBody, EventBody, RunBody, RunSummaryBody } from "#core/domain/spec/api.ts";
import { formatCpu, formatMemory } from "#core/domain/spec/quantity.ts";
import { formatSpan } from "./duration.ts";
import type { Cell, Output, Tone } from "./output.ts";

const TONES: Readonly<Record<string, Tone>> = {
  Succeeded: "good",
  Ready: "good",
  Failed: "bad",
  Lost: "bad",
  Running: "busy",
  Busy: "busy",
  Cancelled: "dim",
  Terminated: "dim",
};

export const phaseCell = (phase: string, isStopping = false): Cell => ({
  text: isStopping ? `${phase} (stopping)` : phase,
  tone: TONES[phase] ?? "plain",
});

/** `3m20s` since an instant; `-` for none. */
export const agoCell = (instant: string | null, nowMs: number): Cell => ({
  text: instant === null ? "-" : formatSpan(nowMs - Date.parse(instant)),
});

export const textCell = (value: string | number | null): Cell => ({ text: String(value ?? "-") });

export function runTable(
  output: Output,
  runs: readonly RunSummaryBody[],
  nowMs: number,
  { hasHead = true }: { readonly hasHead?: boolean } = {},
): Promise<void> {
  return output.table(
    hasHead ? ["ID", "NAME", "PHASE", "REASON", "ATTEMPTS", "EXIT", "AGE", "RAN"] : [],
    runs.map((run) => [
      textCell(run.id),
      textCell(run.name),
      phaseCell(run.phase, run.stopping),
      textCell(run.reason),
      textCell(run.attempts),
      textCell(run.exitCode),
      agoCell(run.createdAt, nowMs),
      ranCell(run, nowMs),
    ]),
  );
}

export function attemptTable(
  output: Output,
  attempts: readonly AttemptBody[],
  nowMs: number,
): Promise<void> {
  return output.table(
    ["ATTEMPT", "PHASE", "FAILURE", "EXIT", "SIGNAL", "RAN", "WORKER", "MESSAGE"],
    attempts.map((attempt) => [
      textCell(attempt.number),
      phaseCell(attempt.phase),
      textCell(attempt.failure),
      textCell(attempt.exitCode),
      textCell(attempt.signal || null),
      ranCell({ startedAt: attempt.startedAt, finishedAt: attempt.endedAt }, nowMs),
      textCell(attempt.workerId),
      textCell(attempt.message ?? ""),
    ]),
  );
}

export function eventTable(
  output: Output,
  events: readonly EventBody[],
  nowMs: number,
): Promise<void> {
  return output.table(
    ["AGE", "EVENT", "ATTEMPT", "REASON", "MESSAGE"],
    events.map((event) => [
      agoCell(event.at, nowMs),
      textCell(event.type),
      textCell(event.attempt),
      textCell(event.reason),
      textCell(event.message ?? ""),
    ]),
  );
}

/** A run on a page of its own: one fact a line, what has no value left out. */
export function runFacts(run: RunBody, nowMs: number): readonly (readonly [string, Cell])[] {
  const { spec } = run;
  const size = `${formatCpu(spec.resources.cpuMillis)} CPU, ${formatMemory(spec.resources.memoryMib)} memory`;
  const facts: readonly (readonly [string, Cell | null])[] = [
    ["Run", textCell(run.id)],
    ["Name", textCell(run.name)],
    ["Phase", phaseCell(run.phase, run.stopping)],
    ["Reason", run.reason === null ? null : textCell(run.reason)],
    ["Message", run.message === null ? null : textCell(run.message)],
    ["Exit code", run.exitCode === null ? null : textCell(run.exitCode)],
    ["Command", textCell(commandText(run))],
    ["Resources", textCell(size)],
    ["Labels", pairsCell(run.labels)],
    ["Priority", run.priority === 0 ? null : textCell(run.priority)],
    ["Template", templateCell(run)],
    ["Parameters", run.parameters === null ? null : pairsCell(shownValues(run.parameters))],
    ["Schedule", scheduleCell(run, nowMs)],
    ["Repeats", run.rerunOf === null ? null : textCell(run.rerunOf)],
    ["Retries", textCell(`${spec.backoffLimit} allowed`)],
    ["Worker", run.workerId === null ? null : textCell(run.workerId)],
    ["Submitted by", run.submittedBy === null ? null : textCell(run.submittedBy)],
    ["Created", instantCell(run.createdAt, nowMs)],
    ["Not before", instantCell(run.notBefore, nowMs)],
    ["Started", instantCell(run.startedAt, nowMs)],
    ["Finished", instantCell(run.finishedAt, nowMs)],
    ["Deadline", run.finishedAt === null ? instantCell(run.deadlineAt, nowMs) : null],
  ];
  return facts.flatMap(([name, cell]) => (cell === null ? [] : [[name, cell] as const]));
}

function commandText({ spec: { command } }: RunBody): string {
  switch (command.kind) {
    case "argv":
      return command.argv
        .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)))
        .join(" ");
    case "shell":
      return command.line;
    case "script":
      return `${command.interpreter} script of ${command.content.split("\n").length} lines`;
  }
}

function templateCell({ template }: RunSummaryBody): Cell | null {
  if (template === null) return null;
  return textCell(`${template.name} version ${template.version}, run #${template.number}`);
}

function scheduleCell({ schedule }: RunSummaryBody, nowMs: number): Cell | null {
  if (schedule === null) return null;
  const name = schedule.name ?? `${schedule.id} (deleted)`;
  const due = instantCell(schedule.scheduledFor, nowMs);
  return textCell(due === null ? `${name}, triggered` : `${name}, due ${due.text}`);
}

export const shownValues = (values: NonNullable<RunBody["parameters"]>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value === null ? "(secret)" : `${value}`]),
  );

export function pairsCell(pairs: Readonly<Record<string, string>>): Cell | null {
  const entries = Object.entries(pairs);
  return entries.length === 0 ? null : textCell(entries.map((pair) => pair.join("=")).join(", "));
}

export function instantCell(instant: string | null, nowMs: number): Cell | null {
  if (instant === null) return null;
  const ms = nowMs - Date.parse(instant);
  return textCell(`${instant} (${ms >= 0 ? `${formatSpan(ms)} ago` : `in ${formatSpan(-ms)}`})`);
}

export function ranCell(
  run: { startedAt: string | null; finishedAt: string | null },
  nowMs: number,
): Cell {
  if (run.startedAt === null) return textCell(null);
  const until = run.finishedAt === null ? nowMs : Date.parse(run.finishedAt);
  return textCell(formatSpan(until - Date.parse(run.startedAt)));
}
