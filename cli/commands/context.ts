import type { Command } from "commander";
import { type ApiClient, createApiClient } from "../api-client.ts";
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
  const address = findServerAddress({
    flag: options.server,
    environment: env,
    directory: process.cwd(),
  });
  const stop = new AbortController();
  return {
    api: createApiClient({ address, token: env.HODEI_TOKEN || null, signal: stop.signal }),
    output: createOutput({ json: options.json === true }),
    abort: () => stop.abort(),
    nowMs: Date.now(),
  };
}
