/**
 * `npm run bench:scale`: measures what grows, prints the tables, and writes them to
 * `docs/reference/scale.md`. `--print` writes nothing.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FULL } from "./effort.ts";
import { measureScale } from "./measure-scale.ts";
import { scalePage } from "./scale-page.ts";

const PAGE = fileURLToPath(new URL("../../docs/reference/scale.md", import.meta.url));

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { print: { type: "boolean", default: false } } });
  const page = scalePage(await measureScale(FULL, (text) => process.stderr.write(`${text}\n`)));
  process.stdout.write(page);
  if (!values.print) writeFileSync(PAGE, page);
}

if (import.meta.main) await main();
