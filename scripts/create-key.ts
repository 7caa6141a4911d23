/**
 * `npm run keys:create -- --name <name> [--scope <scope>] [--expires <duration>]`: an API key, made by
 * whoever has access to the database. The way to the first key of an install; there is
 * no default key. The key alone goes to standard output, once.
 */
import { parseArgs } from "node:util";
import pino from "pino";
import { createApiKeyStore } from "#adapters/store/api-keys.ts";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import { mintApiKey } from "#adapters/tokens/mint-api-key.ts";
import { keyOperations } from "#core/application/manage-keys.ts";
import { isDomainError } from "#core/domain/errors.ts";
import { type KeyRequest, parseKeyRequest } from "#core/domain/spec/key-request.ts";
import { parseDuration } from "../cli/duration.ts";
import { databaseClient } from "./database-client.ts";

function readRequest(): KeyRequest {
  const { values } = parseArgs({
    options: {
      name: { type: "string" },
      scope: { type: "string", default: "admin" },
      expires: { type: "string" },
    },
  });
  const { name, scope, expires } = values;
  const lifetimeSeconds = expires === undefined ? null : parseDuration(expires);
  if (expires !== undefined && lifetimeSeconds === null)
    throw new Error(`--expires: "${expires}" is not a duration such as 90d or 12h`);
  return parseKeyRequest({ name, scope, lifetimeSeconds });
}

async function main(): Promise<void> {
  const request = readRequest();
  const sql = databaseClient("keys:create");
  try {
    const log = pino({ level: "warn" }, pino.destination(2));
    const keys = createApiKeyStore(sql);
    const operations = keyOperations({ keys, mint: mintApiKey, digest: sha256Hex, log });
    const { key, text } = await operations.create(request, null);
    process.stdout.write(`${text}\n`);
    process.stderr.write(`key ${key.id}, scope ${key.scope}; nobody can show it again\n`);
  } finally {
    await sql.close();
  }
}

main().catch((error) => {
  const fields = isDomainError(error) ? error.fields : [];
  const lines = fields.map(({ path, message }) => `  ${path}: ${message}\n`).join("");
  process.stderr.write(`keys:create: ${error instanceof Error ? error.message : error}\n${lines}`);
  process.exitCode = 1;
});
