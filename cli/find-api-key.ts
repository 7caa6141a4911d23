import { readFileSync } from "node:fs";
import { join } from "node:path";
import { apiKeyIdOf } from "#core/domain/spec/api.ts";
import { usageError } from "./cli-error.ts";
import type { AddressSources } from "./server-address.ts";
import { readLocalAddress } from "./server-address.ts";

const HEADER_TEXT = /^[\x21-\x7e]+$/;

/**
 * The API key to call with: HODEI_API_KEY, else the one that the local mode of this directory keeps,
 * and that one only towards the very address where that local mode serves. null = none.
 */
export function findApiKey(
  address: URL,
  { environment, directory }: Omit<AddressSources, "flag">,
): string | null {
  const given = environment.HODEI_API_KEY;
  if (given && !HEADER_TEXT.test(given))
    throw usageError("HODEI_API_KEY holds characters that no API key has"); // and never shows them
  if (given) return given;
  const local = URL.parse(readLocalAddress(directory) ?? "");
  return local?.origin === address.origin ? readLocalKey(directory) : null;
}

/** Under a fixed name, and only what looks like a key: no folder may have another file sent away. */
function readLocalKey(directory: string): string | null {
  try {
    const text = readFileSync(join(directory, ".hodei", "api-key"), "utf8").trim();
    return apiKeyIdOf(text) === null ? null : text;
  } catch {
    return null;
  }
}
