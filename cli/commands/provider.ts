import type { Command } from "commander";
import {
  PROVIDER_KINDS,
  PROVIDER_STATUSES,
  type ProviderKind,
  type ProviderStatus,
} from "#core/domain/spec/provider-api.ts";
import { providerFacts, providerStatsFacts, providerTable } from "../show-providers.ts";
import { collect } from "../template-options.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";
import { addProviderEdits } from "./provider-edit.ts";

const NAME = "name of the provider, or its id";

/** `hodei provider`: what makes the machines of workers. */
export function addProvider(program: Command): void {
  const group = program
    .command("provider")
    .alias("providers")
    .description("what makes the machines of workers")
    .enablePositionalOptions();
  addReads(group);
  addProviderEdits(group);
  addStatuses(group);
  const remove = group
    .command("delete")
    .description("forget a provider; the install's own cannot be deleted")
    .argument("<name>", NAME);
  withCommonOptions(remove, ["hodei provider delete lab"]).action(deleteProvider);
}

interface ListOptions extends CommonOptions {
  /** As typed: the API says what is wrong with it. */
  readonly kind?: readonly ProviderKind[];
  readonly status?: readonly ProviderStatus[];
  readonly capacity?: true;
}

function addReads(group: Command): void {
  const list = group
    .command("list")
    .alias("ls")
    .description("list providers, higher priority first")
    .option("--kind <kind>", `only ${PROVIDER_KINDS.join(", ")} (repeatable)`, collect)
    .option("--status <status>", `only ${PROVIDER_STATUSES.join(", ")} (repeatable)`, collect)
    .option("--capacity", "only those that may launch a machine now");
  withCommonOptions(list, ["hodei provider list --capacity"]).action(listProviders);
  const get = group
    .command("get")
    .description("show one provider with all that was said of it")
    .argument("<name>", NAME);
  withCommonOptions(get, ["hodei provider get ecs"]).action(getProvider);
  const stats = group.command("stats").description("sums over all providers");
  withCommonOptions(stats, ["hodei provider stats --json"]).action(showStats);
}

async function listProviders(options: ListOptions): Promise<void> {
  const { api, output, nowMs } = createContext(options);
  const { kind: kinds = [], status: statuses = [], capacity = false } = options;
  const { providers } = await api.providers({ kinds, statuses, capacity });
  if (!output.json && providers.length === 0) return output.note("no providers");
  if (!output.json) return providerTable(output, providers, nowMs);
  for (const provider of providers) await output.value(provider);
}

async function getProvider(name: string, options: CommonOptions): Promise<void> {
  const { api, output, nowMs } = createContext(options);
  const provider = await api.provider(name);
  if (output.json) return output.value(provider);
  await output.facts(providerFacts(provider, nowMs));
}

async function showStats(options: CommonOptions): Promise<void> {
  const { api, output } = createContext(options);
  const stats = await api.providerStats();
  if (output.json) return output.value(stats);
  await output.facts(providerStatsFacts(stats));
}

function addStatuses(group: Command): void {
  const verbs = [
    ["enable", "let a provider launch machines again", "enableProvider"],
    ["disable", "launch no machine with a provider; workers go on", "disableProvider"],
  ] as const;
  for (const [verb, description, call] of verbs) {
    const command = group.command(verb).description(description).argument("<name>", NAME);
    withCommonOptions(command, [`hodei provider ${verb} ecs`]).action(
      async (name: string, options: CommonOptions) => {
        const { api, output } = createContext(options);
        const provider = await api[call](name);
        if (output.json) return output.value(provider);
        await output.line(`${provider.name} is ${provider.status}`);
      },
    );
  }
}

async function deleteProvider(name: string, options: CommonOptions): Promise<void> {
  const { api, output } = createContext(options);
  // By its id, so that a name nobody has is said, and a repeat of the call finds nothing in its place.
  const provider = await api.provider(name);
  const outcome = await api.deleteProvider(provider.id);
  if (output.json) return output.value(outcome);
  await output.line(`${provider.name} is deleted`);
}
