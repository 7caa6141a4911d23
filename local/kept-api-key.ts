import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createApiKeyStore } from "#adapters/store/api-keys.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import { mintApiKey } from "#adapters/tokens/mint-api-key.ts";
import { keyOperations } from "#core/application/manage-keys.ts";
import { apiKeyIdOf } from "#core/domain/access/api-key.ts";
import type { ApiKeyStore } from "#core/ports/api-keys.ts";
import type { Log } from "#core/ports/log.ts";

/**
 * The admin's key of a local install, kept in a file of mode 600: made at the first start, and made
 * anew when the database does not know it (another database, or the key was revoked).
 */
export async function keptApiKey(file: string, databaseUrl: string, log: Log): Promise<string> {
  const sql = createPgClient({ url: databaseUrl, poolSize: 1, applicationName: "hodei up" });
  try {
    const keys = createApiKeyStore(sql);
    const kept = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
    if (await isGood(keys, kept)) return kept;
    const operations = keyOperations({ keys, mint: mintApiKey, digest: sha256Hex, log });
    const request = { name: "local", scope: "admin", lifetimeSeconds: null } as const;
    const { text } = await operations.create(request, null);
    writeFileSync(`${file}.new`, `${text}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file); // whoever reads meanwhile sees the old one or the new one
    return text;
  } finally {
    await sql.close();
  }
}

async function isGood(keys: ApiKeyStore, text: string): Promise<boolean> {
  const id = apiKeyIdOf(text);
  const found = id === null ? null : await keys.find(id);
  return found !== null && !found.revoked && found.keySha256 === sha256Hex(text);
}
