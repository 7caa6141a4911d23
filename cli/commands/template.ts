import type { Command } from "commander";
import { stringify } from "yaml";
import { toRunInput } from "#core/domain/spec/run-input.ts";
import {
  TEMPLATE_STATUSES,
  type TemplateBody,
  type TemplateStatus,
  type TemplateSummaryBody,
} from "#core/domain/spec/template-api.ts";
import { usageError } from "../cli-error.ts";
import { parameterTable, templateFacts, templateTable, versionTable } from "../show-templates.ts";
import { collect, readVersion } from "../template-options.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";
import { addTemplateEdits } from "./template-edit.ts";
import { addTemplateRuns } from "./template-runs.ts";

const NAME = "name of the template, or its id";
const PAGE_MAX = 500;

/** `hodei template`: reusable jobs. */
export function addTemplate(program: Command, finish: (exitCode: number) => void): void {
  const group = program
    .command("template")
    .alias("templates")
    .description("reusable jobs: named, versioned, with parameters and numbered runs")
    .enablePositionalOptions();
  addTemplateEdits(group);
  addReads(group);
  addStatuses(group);
  addTemplateRuns(group, finish);
}

interface ListOptions extends CommonOptions {
  readonly status?: readonly TemplateStatus[];
  readonly label?: readonly string[];
}

interface GetOptions extends CommonOptions {
  readonly version?: string;
  readonly definition?: true;
}

function addReads(group: Command): void {
  const list = group
    .command("list")
    .alias("ls")
    .description("list templates by name")
    .option(
      "--status <status>",
      `only ${TEMPLATE_STATUSES.join(", ")} (repeatable; default: all but Archived)`,
      collect,
    )
    .option("--label <key=value>", "only templates with this label (repeatable)", collect);
  withCommonOptions(list, ["hodei template list --label team=data"]).action(listTemplates);
  const get = group
    .command("get")
    .description("show one template with its parameters")
    .argument("<name>", NAME)
    .option("--version <n>", "this version instead of the newest")
    .option("--definition", "only what it says, as YAML that can be created or changed from");
  withCommonOptions(get, [
    "hodei template get report",
    "hodei template get report --version 1 --definition | hodei template update report -f -",
  ]).action(getTemplate);
  const versions = group
    .command("versions")
    .description("list every version of a template, the newest first")
    .argument("<name>", NAME);
  withCommonOptions(versions, ["hodei template versions report"]).action(listVersions);
}

async function listTemplates(options: ListOptions): Promise<void> {
  const { api, output, nowMs } = createContext(options);
  const { status: statuses = [], label: labels = [] } = options;
  const shown: TemplateSummaryBody[] = [];
  let cursor: string | null = null;
  do {
    const page = await api.templates({ statuses, labels, limit: PAGE_MAX, cursor });
    cursor = page.next;
    if (output.json) for (const template of page.templates) await output.value(template);
    else shown.push(...page.templates);
  } while (cursor !== null);
  if (output.json) return;
  if (shown.length === 0) return output.note("no templates");
  await templateTable(output, shown, nowMs);
}

async function getTemplate(name: string, options: GetOptions): Promise<void> {
  if (options.definition && options.json)
    throw usageError("--definition is YAML; --json shows all of the template");
  const version =
    options.version === undefined ? undefined : readVersion("--version <n>", options.version);
  const { api, output, nowMs } = createContext(options);
  const template = await api.template(name, version);
  if (options.definition) return output.line(stringify(definitionOf(template)).trimEnd());
  if (output.json) return output.value(template);
  await output.facts(templateFacts(template, nowMs));
  if (template.parameters.length === 0) return;
  await output.line("");
  await parameterTable(output, template.parameters);
}

/** As its author could have written it. */
const definitionOf = ({ name, description, labels, spec, parameters }: TemplateBody) => ({
  ...{ name, description, labels, spec: toRunInput(spec) },
  parameters: parameters.map(withoutDefaults),
});

const withoutDefaults = (parameter: TemplateBody["parameters"][number]): object =>
  Object.fromEntries(
    Object.entries(parameter).filter(([, value]) => {
      const isEmpty = value === null || value === "" || value === false;
      return !isEmpty && !(Array.isArray(value) && value.length === 0);
    }),
  );

async function listVersions(name: string, options: CommonOptions): Promise<void> {
  const { api, output, nowMs } = createContext(options);
  const shown: TemplateSummaryBody[] = [];
  let cursor: string | null = null;
  do {
    const page = await api.templateVersions(name, cursor);
    cursor = page.next;
    shown.push(...page.versions);
  } while (cursor !== null);
  if (!output.json) return versionTable(output, shown, nowMs);
  for (const version of shown) await output.value(version);
}

function addStatuses(group: Command): void {
  const verbs = [
    ["enable", "let a template take new runs again", "enableTemplate"],
    ["disable", "let a template take no new runs; those that exist go on", "disableTemplate"],
    ["archive", "end a template for ever; its name is free again", "archiveTemplate"],
  ] as const;
  for (const [verb, description, call] of verbs) {
    const command = group.command(verb).description(description).argument("<name>", NAME);
    withCommonOptions(command, [`hodei template ${verb} report`]).action(
      async (name: string, options: CommonOptions) => {
        const { api, output } = createContext(options);
        // By its id: the name of an archived template is no longer its own, and a repeat must find it.
        const { id } = await api.template(name);
        const template = await api[call](id);
        if (output.json) return output.value(template);
        await output.line(`${template.name} is ${template.status}`);
      },
    );
  }
}
