import { type Command, Option } from "commander";
import { RUN_PHASES, type RunPhase, type RunSummaryBody } from "#core/domain/spec/api.ts";
import { usageError } from "../cli-error.ts";
import { runTable } from "../show-runs.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";
import { watchRunList } from "./list-watch.ts";

const LIMIT_DEFAULT = "50";
const PAGE_MAX = 500;

interface ListOptions extends CommonOptions {
  /** As typed: the API says what is wrong with it. */
  readonly phase: readonly RunPhase[];
  readonly label: readonly string[];
  readonly limit: string;
  readonly all?: true;
  readonly watch?: true;
  readonly output?: "text" | "json";
}

const EXAMPLES = [
  "hodei list",
  "hodei list --phase Running --phase Pending",
  "hodei list --watch",
  "hodei list --label team=data --all --json | jq -r .id",
];

/** `hodei list`: runs, the newest first. */
export function addList(program: Command, finish: (exitCode: number) => void): void {
  const collect = (value: string, earlier: readonly string[]): string[] => [...earlier, value];
  const command = program
    .command("list")
    .alias("ls")
    .description("list runs, the newest first")
    .option("--phase <phase>", `only ${RUN_PHASES.join(", ")} (repeatable)`, collect, [])
    .option("--label <key=value>", "only runs with this label (repeatable)", collect, [])
    .option("--limit <n>", "how many, at most 500", LIMIT_DEFAULT)
    .option("--all", "all of them, page after page")
    .option("-w, --watch", "and whenever one of them changes, until Ctrl-C")
    .addOption(
      new Option("-o, --output <format>", "text for people, json as --json").choices([
        "text",
        "json",
      ]),
    );
  withCommonOptions(command, EXAMPLES).action(async (typed: ListOptions) => {
    const options: ListOptions = { ...typed, ...(typed.output === "json" && { json: true }) };
    if (!options.watch) return list(options);
    if (options.all) throw usageError("--watch shows one page: --limit says how many");
    const { phase: phases, label: labels } = options;
    finish(await watchRunList(options, { phases, labels, limit: readLimit(options.limit) }));
  });
}

async function list(options: ListOptions): Promise<void> {
  const limit = options.all ? PAGE_MAX : readLimit(options.limit);
  const { api, output, nowMs } = createContext(options);
  const shown: RunSummaryBody[] = [];
  let cursor: string | null = null;
  do {
    const page = await api.runs({ phases: options.phase, labels: options.label, limit, cursor });
    cursor = page.next;
    if (output.json) for (const run of page.runs) await output.value(run);
    else shown.push(...page.runs);
  } while (options.all && cursor !== null);
  if (output.json) return;
  if (shown.length === 0) return output.note("no runs");
  await runTable(output, shown, nowMs);
  if (cursor !== null && output.watched) await output.note("there are more: --all shows them");
}

/** How many, as it was typed. Throws a usage error. */
export function readLimit(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= PAGE_MAX) return limit;
  throw usageError(`--limit <n>: "${text}" is not a whole number from 1 to ${PAGE_MAX}`);
}
