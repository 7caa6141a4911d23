/**
 * Writes `docs/reference/openapi.json` from the descriptions of the routes, and from that the types
 * of the command line's client: part of `npm run generate`. A house test compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openapiTypes, { astToString, type OpenAPI3 } from "openapi-typescript";
import { DESCRIBED_ROUTES } from "../functions/http/routes.openapi.ts";
import { buildDocument } from "./openapi/document.ts";
import { namedSchemas } from "./openapi/schemas.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The text of each generated file by its path. */
export async function generateOpenApi(): Promise<Readonly<Record<string, string>>> {
  const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
  const document = buildDocument(DESCRIBED_ROUTES, namedSchemas(), version);
  const types = await openapiTypes(document as unknown as OpenAPI3, {
    immutable: true,
    defaultNonNullable: false,
  });
  return {
    "docs/reference/openapi.json": `${JSON.stringify(document, null, 2)}\n`,
    "cli/gen/openapi.ts": `/** What docs/reference/openapi.json says, as types. Generated. */\n\n${astToString(types)}`,
  };
}

async function main(): Promise<void> {
  for (const [path, text] of Object.entries(await generateOpenApi())) {
    writeFileSync(`${root}/${path}`, text);
  }
}

if (import.meta.main) await main();
