import type { RunInput } from "#core/domain/spec/run-input.ts";
import type { ForeseenBody } from "#core/domain/spec/scheduling-api.ts";
import type { CommandContext } from "./context.ts";

/** Says what would become of each run, in order. Throws the problem of the first that would be refused. */
export async function dryRun(
  { api, output }: CommandContext,
  inputs: readonly RunInput[],
): Promise<void> {
  for (const input of inputs) {
    const foreseen = await api.dryRun(input);
    if (output.json) await output.value(foreseen);
    else await output.line(`${foreseen.spec.name} ${fateOf(foreseen)}`);
  }
}

function fateOf({ workerId, decision, reason }: ForeseenBody): string {
  if (workerId === null || decision === null) return `would wait: ${reason}`;
  const why = [`strategy ${decision.strategy}`, ...decision.reasons];
  return `would go to worker ${workerId}: ${why.join("; ")}`;
}
