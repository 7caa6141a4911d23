import type { Command } from "commander";
import { stringify } from "yaml";
import type { EventBody } from "#core/domain/spec/api.ts";
import { toRunInput } from "#core/domain/spec/run-input.ts";
import type { ApiClient } from "../api-client.ts";
import { usageError } from "../cli-error.ts";
import { untilInterrupted } from "../interrupt.ts";
import type { Output } from "../output.ts";
import { resolveRunId } from "../run-id.ts";
import { attemptTable, eventTable, runFacts } from "../show-runs.ts";
import { type Watched, watchRun } from "../watch-run.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";

const EVENTS_SHOWN = 10;

interface GetOptions extends CommonOptions {
  readonly spec?: true;
  readonly watch?: true;
}

const EXAMPLES = [
  "hodei get 0198f00d-1c2b-7def-8000-0123456789ab",
  "hodei get 0198f00d --json | jq .run.phase",
  "hodei get 0198f00d --watch",
  "hodei get 0198f00d --spec | hodei run -f -    # the same once more",
];

/** `hodei get`: everything about one run. */
export function addGet(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command("get")
    .description("show one run with its attempts and latest events")
    .argument("<id>", "id of the run, or 8 or more characters of its beginning or end")
    .option("-w, --watch", "every event as it happens, until the run has ended")
    .option("--spec", "only the spec, as YAML that can be submitted again");
  withCommonOptions(command, EXAMPLES).action(async (typed: string, options: GetOptions) => {
    if (options.watch && options.spec) throw usageError("give --watch or --spec, not both");
    if (options.watch) return finish(await watch(typed, options));
    await get(typed, options);
  });
}

/** Ctrl-C leaves the run alone. */
async function watch(typed: string, options: GetOptions): Promise<number> {
  const { api, output, abort } = createContext(options);
  return untilInterrupted(abort, async () => {
    const id = await resolveRunId(api, typed);
    for await (const watched of watchRun(api, id)) await showWatched(output, watched);
  });
}

/** A person reads the events, which say it all; a program gets the run after them as well. */
async function showWatched(output: Output, watched: Watched): Promise<void> {
  if (output.json) return output.value(watched);
  if (watched.type === "run") return;
  const { at, type, attempt, reason, message } = watched.event;
  const facts = [type, attempt === null ? null : `attempt ${attempt}`, reason, message];
  await output.line(`${at}  ${facts.filter((fact) => fact !== null).join("  ")}`);
}

async function get(typed: string, options: GetOptions): Promise<void> {
  const { api, output, nowMs } = createContext(options);
  const id = await resolveRunId(api, typed);
  const run = await api.run(id);
  if (options.spec) {
    const input = toRunInput(run.spec);
    return output.json ? output.value(input) : output.line(stringify(input).trimEnd());
  }
  const [{ attempts }, events] = await Promise.all([api.attempts(id), readEvents(api, id)]);
  if (output.json) return output.value({ run, attempts, events });
  await output.facts(runFacts(run, nowMs));
  if (attempts.length > 0) {
    await output.line("");
    await attemptTable(output, attempts, nowMs);
  }
  if (events.length > 0) {
    await output.line("");
    await eventTable(output, events.slice(-EVENTS_SHOWN), nowMs);
  }
}

async function readEvents(api: ApiClient, id: string): Promise<EventBody[]> {
  const all: EventBody[] = [];
  for (let since = 0; ; ) {
    const { events, next } = await api.events(id, since);
    all.push(...events);
    if (events.length === 0 || next <= since) return all;
    since = next;
  }
}
