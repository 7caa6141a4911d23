import { fileURLToPath } from "node:url";
import { linesOfNode } from "./lines-of-node.ts";
import type { Spent } from "./spent.ts";

const BARE = fileURLToPath(new URL("bare.mjs", import.meta.url));

/** The start of a Node that loads next to nothing: what every other start is compared with. */
export async function measureBareNode(): Promise<Spent> {
  const [said] = await linesOfNode([BARE], {}, () => true);
  return { wallMs: said?.afterMs ?? Number.NaN, cpuMs: Number(said?.line.cpuMs) };
}
