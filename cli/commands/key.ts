import type { Command } from "commander";
import { type KeyBody, SCOPES, type Scope } from "#core/domain/spec/api.ts";
import { usageError } from "../cli-error.ts";
import { parseDuration } from "../duration.ts";
import type { Cell } from "../output.ts";
import { agoCell, textCell } from "../show-runs.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";

interface CreateOptions extends CommonOptions {
  readonly name: string;
  readonly scope: string;
  readonly expires?: string;
}

/** `hodei key`: who may call. Every part of it needs a key with the scope admin. */
export function addKey(program: Command): void {
  const key = program.command("key").description("make, list and revoke API keys (scope admin)");
  const add = key
    .command("create")
    .description("make a key and show it, once")
    .requiredOption("--name <name>", "what it is for, for people")
    .option("--scope <scope>", `what it is good for: ${SCOPES.join(", ")}`, "submit")
    .option("--expires <duration>", "from now, such as 90d (default: never)");
  withCommonOptions(add, ["hodei key create --name ci --scope submit --expires 90d"]).action(
    create,
  );
  const show = key.command("list").alias("ls").description("list the keys, the newest first");
  withCommonOptions(show, ["hodei key list", "hodei key list --json | jq -r .id"]).action(list);
  const end = key
    .command("revoke")
    .description("revoke a key, for ever")
    .argument("<id>", "the 16 hex digits between the underscores of the key");
  withCommonOptions(end, ["hodei key revoke 9f86d081884c7d65"]).action(revoke);
}

/** The key alone on stdout, so that it can go straight to where secrets are kept. */
async function create(options: CreateOptions): Promise<void> {
  const lifetimeSeconds = readExpires(options.expires);
  const { api, output } = createContext(options);
  const request = { name: options.name, scope: options.scope as Scope, lifetimeSeconds };
  const created = await api.createKey(request);
  if (output.json) return output.value(created);
  await output.line(created.key);
  await output.note(`hodei: key ${created.id}; keep it now, nobody can show it again`);
}

async function list(options: CommonOptions): Promise<void> {
  const { api, output, nowMs } = createContext(options);
  const { keys } = await api.keys();
  if (output.json) {
    for (const key of keys) await output.value(key);
    return;
  }
  if (keys.length === 0) return output.note("no keys");
  await output.table(
    ["ID", "NAME", "SCOPE", "STATE", "USED", "AGE", "EXPIRES", "BY"],
    keys.map((key) => keyRow(key, nowMs)),
  );
}

async function revoke(id: string, options: CommonOptions): Promise<void> {
  const { api, output } = createContext(options);
  const revoked = await api.revokeKey(encodeURIComponent(id));
  if (output.json) return output.value(revoked);
  await output.line(`${revoked.id} is revoked`);
}

const keyRow = (key: KeyBody, nowMs: number): Cell[] => [
  textCell(key.id),
  textCell(key.name),
  textCell(key.scope),
  stateCell(key, nowMs),
  agoCell(key.lastUsedAt, nowMs),
  agoCell(key.createdAt, nowMs),
  textCell(key.expiresAt),
  textCell(key.createdBy),
];

function stateCell({ revokedAt, expiresAt }: KeyBody, nowMs: number): Cell {
  if (revokedAt !== null) return { text: "revoked", tone: "dim" };
  const isOver = expiresAt !== null && Date.parse(expiresAt) <= nowMs;
  return isOver ? { text: "expired", tone: "dim" } : { text: "valid", tone: "good" };
}

function readExpires(text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = parseDuration(text);
  if (seconds !== null && seconds > 0) return seconds;
  throw usageError(`--expires <duration>: "${text}" is not a duration such as 90d or 12h`);
}
