import { readFileSync } from "node:fs";
import { join } from "node:path";
import { apiKeyIdOf } from "#core/domain/spec/api.ts";
import type { AddressSources } from "./server-address.ts";
import { readLocalAddress } from "./server-address.ts";

/**
 * The API key to call with: HODEI_API_KEY, else the one that the local mode of this directory keeps,
 * and that one only towards the very address where that local mode serves. null = none.
 */
export function findApiKey(
  address: URL,
  { environment, directory }: Omit<AddressSources, "flag">,
): string | null {
  if (environment.HODEI_API_KEY) return environment.HODEI_API_KEY;
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
