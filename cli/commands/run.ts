import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { RunBody } from "#core/domain/spec/api.ts";
import type { RunInput } from "#core/domain/spec/run-input.ts";
import { EXIT, usageError } from "../cli-error.ts";
import type { Output } from "../output.ts";
import { readText, sourceOf } from "../read-text.ts";
import { overrideSpec, readSpecDocuments } from "../spec-documents.ts";
import { addSpecFlags, readSpecFlags } from "../spec-flags.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";
import { dryRun } from "./dry-run.ts";
import { followRun } from "./follow-run.ts";
import { submitDocuments } from "./submit-documents.ts";

interface RunOptions extends CommonOptions {
  readonly file?: string;
  readonly dryRun?: true;
  readonly follow?: true;
  readonly cancelOnInterrupt?: true;
  readonly idempotencyKey?: string;
}

const EXAMPLES = [
  "hodei run -- echo hello",
  "hodei run --follow --cpu 1 --memory 2Gi --env MODE=full -- python3 train.py",
  "hodei run --backoff-limit 3 --timeout 10m --shell 'make test | tee log'",
  "hodei run -f nightly.yaml --label team=data",
  "hodei run --dry-run -f nightly.yaml",
  "generate-jobs | hodei run -f - --json",
];

/** `hodei run`: submits one run, or every document of a file. */
export function addRun(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command("run")
    .description("submit a run, and follow it if asked to")
    .usage("[options] -- command...\n       hodei run [options] -f file")
    .argument("[command...]", "the program and its arguments, taken as they are")
    .passThroughOptions()
    .option("-f, --file <path>", "read runs from a YAML or JSON file, - for stdin")
    .option("--dry-run", "only say what would become of it, and store nothing")
    .option("--follow", "show the output, wait for the end, exit with the job's exit code")
    .option("--cancel-on-interrupt", "with --follow: Ctrl-C cancels the run instead of leaving it")
    .option(
      "--idempotency-key <key>",
      "the same key never makes a second run (default: a new one)",
    );
  withCommonOptions(addSpecFlags(command), EXAMPLES).action(
    async (words: string[], options: RunOptions) => finish(await run(words, options)),
  );
}

async function run(words: string[], options: RunOptions): Promise<number> {
  const inputs = readInputs(words, options);
  refuseContradictions(inputs.length, options);
  const context = createContext(options);
  if (options.dryRun) {
    await dryRun(context, inputs);
    return EXIT.ok;
  }
  const [input, ...more] = inputs;
  if (more.length > 0) await submitDocuments(context, inputs);
  if (input === undefined || more.length > 0) return EXIT.ok;
  const key = options.idempotencyKey ?? randomUUID();
  const { run: submitted, created } = await context.api.submit(input, key);
  if (!created) await context.output.note("hodei: this key had made the run before");
  if (options.follow) {
    const cancelOnInterrupt = options.cancelOnInterrupt === true;
    return followRun(context, submitted, { cancelOnInterrupt });
  }
  await showSubmitted(context.output, submitted);
  return EXIT.ok;
}

function refuseContradictions(count: number, options: RunOptions): void {
  if (options.dryRun && (options.follow || options.idempotencyKey !== undefined)) {
    throw usageError("--dry-run stores nothing: there is nothing to follow or to name");
  }
  if (count > 1 && options.follow) throw usageError("--follow needs exactly one run");
  if (count > 1 && options.idempotencyKey !== undefined) {
    throw usageError("--idempotency-key names one run, and there are several");
  }
  if (options.cancelOnInterrupt && !options.follow) {
    throw usageError("--cancel-on-interrupt goes with --follow");
  }
}

/** The id alone on stdout, so that `id=$(hodei run …)` works. */
export async function showSubmitted(output: Output, submitted: RunBody): Promise<void> {
  if (output.json) return output.value(submitted);
  await output.line(submitted.id);
  if (output.watched) await output.note(`hodei: see it with \`hodei logs -f ${submitted.id}\``);
}

function readInputs(words: readonly string[], options: RunOptions): RunInput[] {
  const flags = readSpecFlags({ ...options });
  if (words.length > 0 && flags.shell !== undefined) {
    throw usageError("give a command or --shell, not both");
  }
  const changes = words.length > 0 ? { ...flags, command: words } : flags;
  if (options.file !== undefined) {
    const documents = readSpecDocuments(readText(options.file), sourceOf(options.file));
    return documents.map((document) => overrideSpec(document, changes));
  }
  if (words.length === 0 && flags.shell === undefined) {
    throw usageError("there is nothing to run", "hodei run -- echo hello");
  }
  return [changes];
}
