import type { Command } from "commander";
import { type ApiClient, createApiClient } from "../api-client.ts";
import { findApiKey } from "../find-api-key.ts";
import { createOutput, type Output } from "../output.ts";
import { findServerAddress } from "../server-address.ts";

/** What every command works with. */
export interface CommandContext {
  readonly api: ApiClient;
  readonly output: Output;
  /** Ends every call that is under way. */
  readonly abort: () => void;
  readonly nowMs: number;
}

export interface CommonOptions {
  readonly server?: string;
  readonly json?: true;
}

/** The options every command has, and its examples below its help. */
export function withCommonOptions(command: Command, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ ${example}`);
  return command
    .option("--server <url>", "address of the API (default: HODEI_URL, else local mode)")
    .option("--json", "one JSON document per line, for programs")
    .addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

export function createContext(options: CommonOptions): CommandContext {
  const { env } = process;
  const sources = { environment: env, directory: process.cwd() };
  const address = findServerAddress({ flag: options.server, ...sources });
  const apiKey = findApiKey(address, sources);
  const stop = new AbortController();
  return {
    api: createApiClient({ address, apiKey, signal: stop.signal }),
    output: createOutput({ json: options.json === true }),
    abort: () => stop.abort(),
    nowMs: Date.now(),
  };
}
