import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { type RunInput, toRunInput } from "#core/domain/spec/run-input.ts";
import type { TemplateBody } from "#core/domain/spec/template-api.ts";
import type { TemplateInput } from "#core/domain/spec/template-input.ts";
import { usageError } from "../cli-error.ts";
import type { Output } from "../output.ts";
import { readText, sourceOf } from "../read-text.ts";
import { overrideSpec, readMaps } from "../spec-documents.ts";
import { addSpecFlags, readSpecFlags } from "../spec-flags.ts";
import type { NewTemplate } from "../template-calls.ts";
import { collect, readDefinitions, readPairs, readVersion } from "../template-options.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";

interface EditOptions extends CommonOptions {
  readonly file?: string;
  readonly description?: string;
  readonly templateLabel?: readonly string[];
  readonly param?: readonly string[];
  readonly expectedVersion?: string;
}

/** `hodei template create` and `update`. */
export function addTemplateEdits(group: Command): void {
  const create = withEditOptions(group.command("create"))
    .description("create a template from a file, or from a command")
    .usage("[options] <name> -- command...\n       hodei template create [options] -f file")
    .argument("[name]", "name of the template")
    .argument("[command...]", "the program and its arguments, taken as they are");
  withCommonOptions(addSpecFlags(create), [
    "hodei template create -f report.yaml",
    "hodei template create report --param REGION --param LIMIT:number=10 -- ./report.sh",
  ]).action(createTemplate);
  const update = withEditOptions(group.command("update"))
    .description("make the next version of a template; what is not said stays")
    .usage("[options] <name> [-- command...]")
    .argument("<name>", "name of the template, or its id")
    .argument("[command...]", "the program and its arguments, taken as they are")
    .option("--expected-version <n>", "only if this is the newest (default: what it is now)");
  withCommonOptions(addSpecFlags(update), [
    "hodei template update report -f report.yaml",
    "hodei template update report --memory 2Gi --expected-version 3",
  ]).action(updateTemplate);
}

const withEditOptions = (command: Command): Command =>
  command
    .option("-f, --file <path>", "read the template from a YAML or JSON file, - for stdin")
    .option("--description <text>", "what it is for")
    .option("--template-label <key=value>", "label of the template (repeatable)", collect)
    .option(
      "--param <name[:type][=default]>",
      "parameter of type string, number, boolean or secret, required without default (repeatable)",
      collect,
    );

async function createTemplate(
  name: string | undefined,
  words: readonly string[],
  options: EditOptions,
): Promise<void> {
  const document = readDocument(options);
  const changes = specChanges(words, options);
  const input = {
    ...inputOf(document, options),
    ...(name === undefined ? {} : { name }),
    spec: overrideSpec(document.spec ?? {}, changes),
  };
  if (document.spec === undefined && Object.keys(changes).length === 0)
    throw usageError("there is nothing to run", "hodei template create hello -- echo hello");
  const { api, output } = createContext(options);
  await show(output, await api.createTemplate(input as NewTemplate, randomUUID()));
}

async function updateTemplate(
  name: string,
  words: readonly string[],
  options: EditOptions,
): Promise<void> {
  const document = readDocument(options);
  const changes = specChanges(words, options);
  const input = inputOf(document, options);
  const hasSpec = document.spec !== undefined || Object.keys(changes).length > 0;
  if (!hasSpec && Object.keys(input).length === 0) throw usageError("there is nothing to change");
  const { expectedVersion } = options;
  const expected =
    expectedVersion === undefined ? null : readVersion("--expected-version <n>", expectedVersion);
  const { api, output } = createContext(options);
  const { id, version, spec } = await api.template(name);
  const change = hasSpec
    ? { ...input, spec: overrideSpec(document.spec ?? toRunInput(spec), changes) }
    : input;
  await show(output, await api.changeTemplate(id, change, expected ?? version));
}

async function show(output: Output, template: TemplateBody): Promise<void> {
  if (output.json) return output.value(template);
  await output.line(`${template.name} version ${template.version}`);
}

/** Fields beside the spec: those of the file, and over them those of the options. */
function inputOf(document: TemplateInput, options: EditOptions): TemplateInput {
  const { spec: _spec, ...fields } = document;
  const { description, templateLabel, param } = options;
  return {
    ...fields,
    ...(description === undefined ? {} : { description }),
    ...(templateLabel && { labels: readPairs("--template-label", templateLabel) }),
    ...(param && { parameters: readDefinitions(param) }),
  };
}

function readDocument({ file }: EditOptions): TemplateInput {
  if (file === undefined) return {};
  const [document = {}, ...more] = readMaps(readText(file), sourceOf(file), "a template");
  if (more.length > 0) throw usageError(`${sourceOf(file)}: one document at a time`);
  return document;
}

function specChanges(words: readonly string[], options: EditOptions): RunInput {
  const flags = readSpecFlags({ ...options });
  if (words.length > 0 && flags.shell !== undefined)
    throw usageError("give a command or --shell, not both");
  return words.length > 0 ? { ...flags, command: words } : flags;
}
