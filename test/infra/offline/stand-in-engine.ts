/**
 * In the place of Pulumi's engine: the real `sst` runs this instead of `pulumi`. It answers
 * `version` and `stack init`; for `preview` it runs the program that `sst` has bundled against a
 * monitor that writes down what it is told. No provider is asked anything.
 */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { GraphNode, Inputs } from "./graph.ts";
import { recordResources } from "./recording-monitor.ts";

const VERSION = "v3.215.0"; // what this release of sst asks for

const args = process.argv.slice(2);
const valuesOf = (flag: string): string[] =>
  args.flatMap((arg, n) => (arg === flag ? [args[n + 1] ?? ""] : []));

/** `organization/project/stage`. */
function stackParts(stack: string): { project: string; stage: string } {
  const [, project = "", stage = ""] = stack.split("/");
  return { project, stage };
}

/** From this file the command line reads its outputs and the types of links. */
function writeState(stack: string, resources: readonly object[]): void {
  const { project, stage } = stackParts(stack);
  const backend = (process.env.PULUMI_BACKEND_URL ?? "").replace("file://", "");
  const file = join(backend, ".pulumi/stacks", project, `${stage}.json`);
  mkdirSync(dirname(file), { recursive: true });
  const manifest = { time: "2026-01-01T00:00:00Z", magic: "", version: VERSION };
  const checkpoint = { stack, latest: { manifest, resources } };
  writeFileSync(file, JSON.stringify({ version: 3, checkpoint }));
}

class EventLog {
  #sequence = 0;
  readonly #file: string;
  constructor(file: string) {
    this.#file = file;
  }
  emit(event: object): void {
    const line = JSON.stringify({ sequence: this.#sequence++, timestamp: 0, ...event });
    appendFileSync(this.#file, `${line}\n`);
  }
}

function resourceEvent(node: GraphNode): object {
  const { type, urn, id = "", parent = "", inputs, outputs = {} } = node;
  const state = { type, urn, custom: true, id, parent, provider: "", inputs, outputs };
  const op = node.read ? "read" : "create";
  const empty = { old: null, keys: [], diffs: [], detailedDiff: null, logical: true, provider: "" };
  return { resOutputsEvent: { metadata: { op, urn, type, new: state, ...empty }, planning: true } };
}

const summary = (made: number) => ({
  summaryEvent: {
    ...{ maybeCorrupt: false, durationSeconds: 0, policyPacks: {} },
    resourceChanges: { create: made },
  },
});

async function preview(): Promise<void> {
  const [, main = ""] = /^main: (.*)$/m.exec(readFileSync("Pulumi.yaml", "utf8")) ?? [];
  const [stack = ""] = valuesOf("--stack");
  const { project, stage } = stackParts(stack);
  const config = new Map(valuesOf("--config").map((pair) => splitOnce(pair)));
  const region = config.get("aws:region") ?? process.env.SST_AWS_REGION ?? "";
  const log = new EventLog(valuesOf("--event-log")[0] ?? "");
  let failed = false;
  const fail = (error: unknown) => {
    failed = true;
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.emit({ diagnosticEvent: { message, color: "never", severity: "error", urn: "" } });
  };
  process.on("unhandledRejection", fail);
  process.on("uncaughtException", fail);
  const warnings: string[] = [];
  const { console: printer } = globalThis;
  printer.warn = (...words: unknown[]) => warnings.push(words.join(" "));

  const load = createRequire(main);
  const recorded = await recordResources({ load, project, stage, region, fail });
  let program: unknown;
  try {
    const run = async () => (await import(pathToFileURL(main).href)).default;
    program = await recorded.pulumi.runtime.runInPulumiStack(run);
  } catch (error) {
    fail(error);
  }
  process.once("beforeExit", async () => {
    let outputs: Inputs = {};
    try {
      if (!failed) await recorded.settle();
      outputs = await recorded.resolve(program);
    } catch (error) {
      fail(error);
    }
    const { resources } = recorded;
    for (const node of resources) log.emit(resourceEvent(node));
    log.emit(summary(resources.length));
    writeState(stack, stateOf(resources));
    const { _protect: protect = false, ...shown } = outputs;
    const app = { name: project, stage, protect };
    const graph = { app, resources, outputs: shown, warnings };
    writeFileSync(process.env.HODEI_GRAPH_FILE ?? "", JSON.stringify(graph));
    process.exit(failed ? 1 : 0);
  });
}

const stateOf = (resources: readonly GraphNode[]) =>
  resources
    .filter(({ type }) => type === "pulumi:pulumi:Stack" || type === "sst:sst:LinkRef")
    .map(({ urn, type, outputs }) => ({ urn, type, custom: false, outputs }));

function splitOnce(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return [pair.slice(0, at), pair.slice(at + 1)];
}

if (args[0] === "version") process.stdout.write(`${VERSION}\n`);
else if (args[0] === "stack" && args[1] === "init") writeState(args[2] ?? "", []);
else if (args[0] === "preview") await preview();
else {
  process.stderr.write(`stand-in engine: "${args.join(" ")}" is not known\n`);
  process.exit(1);
}
