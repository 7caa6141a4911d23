import { type Command, Option } from "commander";
import type { BlockerBody, ExplanationBody } from "#core/domain/spec/scheduling-api.ts";
import { formatSpan } from "../duration.ts";
import type { Cell, Output, Tone } from "../output.ts";
import { resolveRunId } from "../run-id.ts";
import { textCell } from "../show-runs.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";

interface ExplainOptions extends CommonOptions {
  readonly output?: "text" | "json";
}

const EXAMPLES = [
  "hodei explain 0198f00d-1c2b-7def-8000-0123456789ab",
  "hodei explain 0198f00d -o json | jq -r .verdict",
];

const TONES: Readonly<Record<ExplanationBody["verdict"], Tone>> = {
  READY: "good",
  NOT_YET: "busy",
  NEVER: "bad",
  PLACED: "good",
  FINISHED: "dim",
};

/** `hodei explain`: why a run waits, and what would make it start. */
export function addExplain(program: Command): void {
  const command = program
    .command("explain")
    .description("say why a run waits, or why it is where it is")
    .argument("<id>", "id of the run, or 8 or more characters of its beginning or end")
    .addOption(
      new Option("-o, --output <format>", "text for people, json as --json").choices([
        "text",
        "json",
      ]),
    );
  withCommonOptions(command, EXAMPLES).action(explain);
}

async function explain(typed: string, { output: format, ...common }: ExplainOptions) {
  const isJson = common.json === true || format === "json";
  const { api, output, nowMs } = createContext({ ...common, ...(isJson && { json: true }) });
  const explanation = await api.explain(await resolveRunId(api, typed));
  if (output.json) return output.value(explanation);
  await show(output, explanation, nowMs);
}

async function show(output: Output, explanation: ExplanationBody, nowMs: number): Promise<void> {
  await output.facts(factsOf(explanation));
  if (explanation.blockers.length > 0) {
    await output.line("");
    await output.table(
      ["REASON", "SINCE", "WHAT"],
      explanation.blockers.map((blocker) => rowOf(blocker, nowMs)),
    );
  }
  if (explanation.unblockedBy.length > 0) {
    await output.line("");
    await output.table(
      ["WHAT HELPS", "AND THEN"],
      explanation.unblockedBy.map(({ change, effect }) => [textCell(change), textCell(effect)]),
    );
  }
  if (explanation.fleetIsCut) await output.note("there are more workers than were looked at");
}

function factsOf(explanation: ExplanationBody) {
  const { runId, phase, verdict, summary, workerId, decision, position } = explanation;
  const facts: (readonly [string, Cell])[] = [
    ["Run", textCell(runId)],
    ["Phase", textCell(phase)],
    ["Verdict", { text: verdict, tone: TONES[verdict] }],
    ["Because", textCell(summary)],
  ];
  if (workerId !== null) facts.push(["Worker", textCell(workerId)]);
  if (decision !== null) {
    const { strategy, candidates, reasons } = decision;
    const of = candidates === null ? "" : `, of ${candidates} that fitted`;
    facts.push(
      ["Chosen by", textCell(`${strategy}${of}`)],
      ["As it", textCell(reasons.join("; "))],
    );
  }
  if (position !== null) {
    const { ahead, sameShape, isLeast } = position;
    const least = isLeast ? "at least " : "";
    facts.push(["In the queue", textCell(`${least}${ahead} ahead, ${sameShape} of its kind`)]);
  }
  return facts;
}

const rowOf = ({ code, since, message }: BlockerBody, nowMs: number): Cell[] => [
  textCell(code),
  textCell(since === null ? null : formatSpan(nowMs - Date.parse(since))),
  textCell(message),
];
