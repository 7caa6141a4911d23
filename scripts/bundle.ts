/**
 * Makes the single-file programs that go into images: `npm run build` writes them to `dist/`.
 * Each runs with nothing but Node beside it.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Bundled CommonJS packages go on calling `require` for what Node brings itself. */
const REQUIRE_BANNER = [
  'import { createRequire as __createRequire } from "node:module";',
  "const require = __createRequire(import.meta.url);",
].join("\n");

/** Bundles the worker agent into one file. Throws with esbuild's messages when it does not build. */
export const bundleWorker = (outfile: string): Promise<void> => bundle("worker/main.ts", outfile);

/** Bundles the gateway into one file. Throws with esbuild's messages when it does not build. */
export const bundleGateway = (outfile: string): Promise<void> => bundle("gateway/main.ts", outfile);

/** Bundles everything an image needs into `outdir`: `worker.mjs` and `gateway.mjs`. */
export async function bundleAll(outdir: string): Promise<void> {
  await mkdir(outdir, { recursive: true });
  await bundleWorker(join(outdir, "worker.mjs"));
  await bundleGateway(join(outdir, "gateway.mjs"));
}

async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    minifySyntax: true,
    sourcemap: false,
    legalComments: "none",
    banner: { js: REQUIRE_BANNER },
    external: ["pg-native"], // optional, and not installed
    logLevel: "warning",
  });
}

if (import.meta.main) await bundleAll(join(root, "dist"));
