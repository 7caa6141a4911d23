import { randomUUID } from "node:crypto";
import type { BulkItemBody } from "#core/domain/spec/api.ts";
import type { RunInput } from "#core/domain/spec/run-input.ts";
import { bulkRequests } from "../bulk-requests.ts";
import { CliError } from "../cli-error.ts";
import type { CommandContext } from "./context.ts";

/**
 * Submits several runs and prints the id of each, in order. What the API refuses as a whole throws
 * its problem, and none of that request was submitted; what it could not take alone is named at the
 * end, after the ids of the others.
 */
export async function submitDocuments(
  { api, output }: CommandContext,
  inputs: readonly RunInput[],
): Promise<void> {
  const refused: string[] = [];
  let number = 0;
  for (const request of bulkRequests(inputs.map(withKey))) {
    const { runs } = await api.submitMany(request);
    for (const run of runs) {
      number += 1;
      if (run.id === null) refused.push(`  document ${number}: ${run.error.message}`);
      await show(output, run);
    }
  }
  if (refused.length === 0) return;
  const hint = refused.join("\n");
  throw new CliError(`${refused.length} of ${inputs.length} runs were not submitted`, { hint });
}

const withKey = (input: RunInput) => ({ ...input, idempotencyKey: randomUUID() });

async function show(output: CommandContext["output"], run: BulkItemBody): Promise<void> {
  if (output.json) return output.value(run);
  if (run.id !== null) await output.line(run.id);
}
