import type { Command } from "commander";
import {
  PROVIDER_KINDS,
  PROVIDER_STATUSES,
  type ProviderBody,
  type ProviderKind,
  type ProviderStatus,
} from "#core/domain/spec/provider-api.ts";
import { usageError } from "../cli-error.ts";
import type { Output } from "../output.ts";
import type { ProviderChange, ProviderInput } from "../provider-calls.ts";
import { readText, sourceOf } from "../read-text.ts";
import { readMaps } from "../spec-documents.ts";
import { collect, readPairs } from "../template-options.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";

interface EditOptions extends CommonOptions {
  readonly file?: string;
  /** As typed: the API says what is wrong with it. */
  readonly kind?: ProviderKind;
  readonly status?: ProviderStatus;
  readonly rename?: string;
  readonly priority?: string;
  readonly maxWorkers?: string;
  readonly tag?: readonly string[];
  readonly metadata?: readonly string[];
}

/** `hodei provider create` and `update`. */
export function addProviderEdits(group: Command): void {
  const create = withEditOptions(group.command("create"))
    .description("register a provider, from options or a file")
    .argument("[name]", "name of the provider")
    .option("--kind <kind>", PROVIDER_KINDS.join(", "));
  withCommonOptions(create, [
    "hodei provider create lab --kind docker --max-workers 4",
    "hodei provider create -f lab.yaml",
  ]).action(createProvider);
  const update = withEditOptions(group.command("update"))
    .description("change a provider; what is not said stays")
    .argument("<name>", "name of the provider, or its id")
    .option("--rename <name>", "another name")
    .option("--status <status>", PROVIDER_STATUSES.join(", "));
  withCommonOptions(update, [
    "hodei provider update lab --priority 10 --tag spare",
    "hodei provider update ecs --status Maintenance",
  ]).action(updateProvider);
}

const withEditOptions = (command: Command): Command =>
  command
    .option("-f, --file <path>", "read it from a YAML or JSON file, - for stdin")
    .option("--priority <n>", "higher is shown first")
    .option("--max-workers <n>", "how many workers it may make")
    .option("--tag <tag>", "a tag (repeatable)", collect)
    .option("--metadata <key=value>", "anything to be kept with it (repeatable)", collect);

async function createProvider(name: string | undefined, options: EditOptions): Promise<void> {
  const { kind } = options;
  const input = {
    ...inputOf(options),
    ...(name === undefined ? {} : { name }),
    ...(kind === undefined ? {} : { kind }),
  };
  const { api, output } = createContext(options);
  await show(output, await api.createProvider(input as ProviderInput));
}

async function updateProvider(reference: string, options: EditOptions): Promise<void> {
  const { rename: name, status } = options;
  const change = {
    ...inputOf(options),
    ...(name === undefined ? {} : { name }),
    ...(status === undefined ? {} : { status }),
  };
  if (Object.keys(change).length === 0) throw usageError("there is nothing to change");
  const { api, output } = createContext(options);
  await show(output, await api.changeProvider(reference, change));
}

async function show(output: Output, provider: ProviderBody): Promise<void> {
  if (output.json) return output.value(provider);
  await output.line(`${provider.name} is ${provider.status}`);
}

/** The fields of the file, and over them those of the options. */
function inputOf(options: EditOptions): ProviderChange {
  const { priority, maxWorkers, tag, metadata } = options;
  return {
    ...readDocument(options),
    ...(priority === undefined ? {} : { priority: readNumber("--priority", priority) }),
    ...(maxWorkers === undefined ? {} : { maxWorkers: readNumber("--max-workers", maxWorkers) }),
    ...(tag && { tags: [...tag] }),
    ...(metadata && { metadata: readPairs("--metadata", metadata) }),
  };
}

function readDocument({ file }: EditOptions): object {
  if (file === undefined) return {};
  const [document = {}, ...more] = readMaps(readText(file), sourceOf(file), "a provider");
  if (more.length > 0) throw usageError(`${sourceOf(file)}: one document at a time`);
  return document;
}

function readNumber(option: string, text: string): number {
  if (/^-?\d{1,10}$/.test(text)) return Number(text);
  throw usageError(`${option} <n>: "${text}" is not a whole number`);
}
