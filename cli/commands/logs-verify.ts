import type { Command } from "commander";
import {
  type LogVerdictBody,
  type LogVerdictOfAttemptBody,
  sayGap,
} from "#core/domain/spec/api.ts";
import { EXIT } from "../cli-error.ts";
import type { Output } from "../output.ts";
import { resolveRunId } from "../run-id.ts";
import { textCell } from "../show-runs.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";

/** `hodei logs verify`: whether all of a run's output is stored; exit code 1 when not, or not yet. */
export function addVerify(logs: Command, finish: (exitCode: number) => void): void {
  const command = logs
    .command("verify")
    .description("say of each attempt whether all of its output is stored")
    .argument("<id>", "id of the run, or 8 or more characters of its beginning or end");
  withCommonOptions(command, [
    "hodei logs verify 0198f00d",
    "hodei logs verify 0198f00d --json | jq .attempts[].gaps",
  ]).action(async (typed: string, options: CommonOptions) => finish(await verify(typed, options)));
}

async function verify(typed: string, options: CommonOptions): Promise<number> {
  const { api, output } = createContext(options);
  const verdict = await api.verifyLogs(await resolveRunId(api, typed));
  if (output.json) await output.value(verdict);
  else await show(output, verdict);
  return verdict.complete ? EXIT.ok : EXIT.failed;
}

const HEAD = ["ATTEMPT", "OUTPUT", "PIECES", "BYTES", "LAST", "EXPECTED"];

async function show(output: Output, { final, attempts }: LogVerdictBody): Promise<void> {
  const rows = attempts.map((one) => [
    textCell(one.attempt),
    textCell(one.state),
    textCell(one.pieces),
    textCell(one.bytes),
    textCell(one.lastSeq),
    textCell(one.expectedLastSeq),
  ]);
  if (rows.length > 0) await output.table(HEAD, rows);
  for (const one of attempts) for (const note of notesOf(one)) await output.note(`hodei: ${note}`);
  if (!final) await output.note("hodei: the run has not ended: more may come");
}

function notesOf({ attempt, gaps, moreGaps, truncated }: LogVerdictOfAttemptBody): string[] {
  const notes = gaps.map((gap) => sayGap({ attempt, ...gap }));
  if (moreGaps > 0) notes.push(`attempt ${attempt} has ${moreGaps} more gaps`);
  if (truncated !== null)
    notes.push(`${truncated.droppedBytes} bytes of attempt ${attempt} were dropped beyond the cap`);
  return notes;
}
