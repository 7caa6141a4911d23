import { readFileSync } from "node:fs";
import { join } from "node:path";
import { usageError } from "./cli-error.ts";

const LOOPBACK = "127.0.0.1";
const DEFAULT_ADDRESS = `http://${LOOPBACK}:7300`;

export interface AddressSources {
  /** `--server`. */
  readonly flag: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where `.hodei/local.json` of a running local mode is looked for. */
  readonly directory: string;
}

/**
 * Where the API is: the flag, else HODEI_URL, else what the local mode of this directory wrote
 * down, else local mode's default.
 */
export function findServerAddress({ flag, environment, directory }: AddressSources): URL {
  if (flag !== undefined) return parseAddress("--server", flag);
  const fromEnvironment = environment.HODEI_URL;
  if (fromEnvironment) return parseAddress("HODEI_URL", fromEnvironment);
  return parseAddress(".hodei/local.json", readLocalAddress(directory) ?? DEFAULT_ADDRESS);
}

function parseAddress(source: string, text: string): URL {
  const url = URL.parse(text.endsWith("/") ? text : `${text}/`);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw usageError(`${source}: "${text}" is not an http address such as ${DEFAULT_ADDRESS}`);
}

/**
 * Where the local mode of this directory serves; null when it left no readable word. It serves on
 * loopback alone: no folder that somebody unpacked may have an API key sent elsewhere.
 */
export function readLocalAddress(directory: string): string | null {
  try {
    const document: unknown = JSON.parse(
      readFileSync(join(directory, ".hodei", "local.json"), "utf8"),
    );
    const isMap = typeof document === "object" && document !== null && "url" in document;
    const text = isMap && typeof document.url === "string" ? document.url : "";
    return URL.parse(text)?.hostname === LOOPBACK ? text : null;
  } catch {
    return null;
  }
}
