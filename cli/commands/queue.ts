import type { Command } from "commander";
import type { QueueBody } from "#core/domain/spec/scheduling-api.ts";
import { formatSpan } from "../duration.ts";
import type { Cell } from "../output.ts";
import { textCell } from "../show-runs.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";

/** `hodei queue`: what waits and why, and what runs. */
export function addQueue(program: Command): void {
  const command = program.command("queue").description("say what waits and why, and what runs");
  withCommonOptions(command, ["hodei queue", "hodei queue --json | jq .pending.due"]).action(show);
}

async function show(options: CommonOptions): Promise<void> {
  const { api, output } = createContext(options);
  const queue = await api.queue();
  if (output.json) return output.value(queue);
  await output.facts(factsOf(queue));
  const { byReason, byPriority } = queue.pending;
  const reasons = Object.entries(byReason);
  if (reasons.length > 0) {
    await output.line("");
    await output.table(["WAITING FOR", "RUNS"], rowsOf(reasons));
  }
  if (byPriority.length > 1) {
    await output.line("");
    const priorities = byPriority.map(({ priority, runs }) => [String(priority), runs] as const);
    await output.table(["PRIORITY", "RUNS"], rowsOf(priorities));
  }
}

const rowsOf = (counts: readonly (readonly [string, number])[]): Cell[][] =>
  counts.map(([name, runs]) => [textCell(name), textCell(runs)]);

function factsOf({ at, pending, live, newest }: QueueBody): (readonly [string, Cell])[] {
  const atLeast = (count: number, isLeast: boolean) => `${isLeast ? "at least " : ""}${count}`;
  const { oldest } = pending;
  const since = oldest && formatSpan(Date.parse(at) - Date.parse(oldest.dueAt));
  const of = `the newest ${newest.isCut ? "" : "of all "}${newest.runs}`;
  return [
    ["Waiting", textCell(atLeast(pending.runs, pending.isLeast))],
    ["Due", textCell(atLeast(pending.due, pending.isLeast))],
    ["Oldest", textCell(oldest && `${oldest.id} (${since})`)],
    ["Assigned", textCell(atLeast(live.assigned, live.isLeast))],
    ["Running", textCell(atLeast(live.running, live.isLeast))],
    ["Succeeded", textCell(`${newest.succeeded} of ${of}`)],
    ["Failed", textCell(newest.failed)],
    ["Cancelled", textCell(newest.cancelled)],
  ];
}
