import { fileURLToPath, pathToFileURL } from "node:url";
import { LAMBDA_ENVIRONMENT } from "./lambda-environment.ts";
import { linesOfNode } from "./lines-of-node.ts";
import type { Spent } from "./spent.ts";

const IMPORT_BUNDLE = fileURLToPath(new URL("import-bundle.mjs", import.meta.url));

export interface HandlerImport extends Spent {
  /** Modules of Node that were loaded on the way. Those of the network cost most and mean an SDK. */
  readonly nodeModules: readonly string[];
}

/** What it takes a fresh process to import this bundle; the start of the process is not counted. */
export async function measureHandlerImport(bundle: string): Promise<HandlerImport> {
  const program = [IMPORT_BUNDLE, pathToFileURL(bundle).href];
  const [said] = await linesOfNode(program, LAMBDA_ENVIRONMENT, () => true);
  const { wallMs, cpuMs, nodeModules } = said?.line ?? {};
  return {
    wallMs: Number(wallMs),
    cpuMs: Number(cpuMs),
    nodeModules: nodeModules as readonly string[],
  };
}
