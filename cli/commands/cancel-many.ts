import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { CliError, usageError } from "../cli-error.ts";
import { readPairs } from "../spec-flags.ts";
import { type CommonOptions, createContext } from "./context.ts";

export interface CancelManyOptions extends CommonOptions {
  readonly label: readonly string[];
  readonly phase: readonly ("Pending" | "Assigned" | "Running")[];
  readonly yes?: true;
  readonly reason?: string;
}

/**
 * Cancels all runs with these labels. They are counted first, and the count is asked about; runs that
 * are submitted after the count are not meant, however long the answer takes.
 */
export async function cancelMany(options: CancelManyOptions): Promise<void> {
  const labels = readPairs("--label <key=value>", options.label);
  if (!options.yes && !process.stdin.isTTY)
    throw usageError("nobody can be asked here: --yes cancels without asking");
  const { api, output } = createContext(options);
  const request = {
    labels,
    ...(options.phase.length > 0 && { phases: options.phase }),
    ...(options.reason !== undefined && { reason: options.reason }),
  };
  const { count, next: first } = await api.cancelMany({ ...request, dryRun: true });
  const total = { count: count ?? 0, cancelled: 0, stopping: 0 };
  if (first !== null && !options.yes) await ask(total.count, options);
  for (let cursor = first; cursor !== null; ) {
    const answer = await api.cancelMany({ ...request, cursor });
    total.cancelled += answer.cancelled;
    total.stopping += answer.stopping;
    cursor = answer.next;
  }
  if (output.json) return output.value(total);
  const { cancelled, stopping } = total;
  await output.line(`${cancelled} cancelled, ${stopping} being stopped`);
}

async function ask(count: number, { label, phase }: CancelManyOptions): Promise<void> {
  const which = [label.join(" and "), ...(phase.length > 0 ? [phase.join(" or ")] : [])].join(", ");
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const runs = count === 1 ? "1 run" : `${count} runs`;
  try {
    const question = prompt.question(`hodei: cancel ${runs} (${which})? [y/N] `);
    const closed = once(prompt, "close").then(() => ""); // Ctrl-D is no answer
    const answer = await Promise.race([question, closed]);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    prompt.close();
  }
  throw new CliError("nothing was cancelled");
}
