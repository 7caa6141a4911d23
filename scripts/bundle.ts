/**
 * Makes the programs that go into images: `npm run build` writes them to `dist/`.
 * Each runs with nothing but Node beside it. The functions are bundled by SST when they are
 * deployed; here they are bundled in the same way, to be measured and tested.
 */
import { cp, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { addBase, billOfMaterials, defaultBase, type ImageName } from "./bill-of-materials.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * What bundled CommonJS packages go on using: `require` for what Node brings itself, and
 * `__dirname` for the `.proto` files that they read at `../../proto`, here `proto/` beside the bundle.
 */
const COMMONJS_BANNER = [
  'import { createRequire as __createRequire } from "node:module";',
  "const require = __createRequire(import.meta.url);",
  'const __dirname = import.meta.dirname + "/build/src";',
].join("\n");

/** What packages read of their own when they are loaded. */
const READ_PROTO_FILES = ["grpc-health-check/proto", "@grpc/reflection/build/proto"];

/** The names of functions stay: a stack in a worker's log says where. */
const SMALL: BuildOptions = {
  minifyWhitespace: true,
  // grpc-js loads it for services that only a server has (channelz, ORCA).
  external: ["@grpc/proto-loader"],
};

/**
 * What SST 4 tells esbuild for a function on Node 24 with `nodejs: { splitting: true }`. With
 * splitting, what is imported lazily is a file of its own that a cold start does not even read.
 * Without it such a module is in the one file, evaluated lazily but parsed at once, and the modules
 * of Node that it imports are loaded at once as well, which doubles the time of a cold import.
 */
const SST_FUNCTION: BuildOptions = {
  splitting: true,
  outExtension: { ".js": ".mjs" },
  target: "es2024",
  mainFields: ["module", "main"],
  keepNames: true,
  minify: true,
  external: ["sharp", "pg-native"],
  sourcemap: "linked",
};

/** Every Lambda function: its name and the file SST is given. */
export const FUNCTION_ENTRIES = {
  http: "functions/http/handler.ts",
  authoriser: "functions/http/authoriser.ts",
  tick: "functions/reconcile/tick.ts",
  wake: "functions/consumers/wake.ts",
  "ecs-task-changed": "functions/consumers/ecs-task-changed.ts",
  sweep: "functions/maintenance/sweep.ts",
  migrate: "functions/maintenance/migrate.ts",
} as const;

export type FunctionName = keyof typeof FUNCTION_ENTRIES;

export interface Bundle {
  /** Absolute path of the file to run or import. */
  readonly file: string;
  /** The source it was made from, from the root of the repository. */
  readonly entry: string;
  /** What esbuild put where; its paths are relative to the root of the repository. */
  readonly metafile: Metafile;
}

/**
 * Bundles the worker agent into one file, and beside it `in-job.mjs`, which its jobs find as `hodei`.
 * Throws with esbuild's messages when it does not build.
 */
export async function bundleWorker(outfile: string, options: BuildOptions = {}): Promise<Bundle> {
  await bundle("cli/in-job.ts", join(dirname(outfile), "in-job.mjs"), { ...SMALL, banner: {} });
  return bundle("worker/main.ts", outfile, { ...SMALL, ...options });
}

/** Bundles the gateway into one file, and `proto/` beside it, which it reads as it starts. */
export async function bundleGateway(outfile: string, options?: BuildOptions): Promise<Bundle> {
  const gateway = await bundle("gateway/main.ts", outfile, options);
  for (const from of READ_PROTO_FILES)
    await cp(join(root, "node_modules", from), join(dirname(outfile), "proto"), {
      recursive: true,
    });
  return gateway;
}

/**
 * Bundles everything an image needs into `outdir`: `worker.mjs`, `gateway.mjs` and its `proto/`, and
 * beside each bundle the bill of materials of its image, `<name>.cdx.json`. `base`: the base image of
 * both, else that of the Dockerfiles. The same sources give the same bytes.
 */
export async function bundleAll(outdir: string, base?: string): Promise<void> {
  await mkdir(outdir, { recursive: true });
  const withBill = (image: ImageName) => ({ plugins: [billOfMaterials(image)] });
  await bundleWorker(join(outdir, "worker.mjs"), withBill("worker"));
  await bundleGateway(join(outdir, "gateway.mjs"), withBill("gateway"));
  for (const image of ["worker", "gateway"] as const)
    addBase(join(outdir, `${image}.cdx.json`), base ?? defaultBase(image));
}

/**
 * Bundles every function as its deployment does, into `<outdir>/<name>/`. Throws with esbuild's
 * messages when one does not build.
 */
export async function bundleFunctions(outdir: string): Promise<Record<FunctionName, Bundle>> {
  const names = Object.keys(FUNCTION_ENTRIES) as FunctionName[];
  const bundles = names.map(async (name) => {
    const file = join(outdir, name, "bundle.mjs");
    return [name, await bundle(FUNCTION_ENTRIES[name], file, SST_FUNCTION)] as const;
  });
  return Object.fromEntries(await Promise.all(bundles)) as Record<FunctionName, Bundle>;
}

async function bundle(entry: string, file: string, options: BuildOptions = {}): Promise<Bundle> {
  const place = options.splitting
    ? { outdir: join(file, ".."), entryNames: "bundle" }
    : { outfile: file };
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    ...place,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    minifySyntax: true,
    sourcemap: false,
    legalComments: "none",
    banner: { js: COMMONJS_BANNER },
    external: ["pg-native"], // optional, and not installed
    logLevel: "warning",
    ...options,
    metafile: true,
  });
  return { file, entry, metafile };
}

if (import.meta.main) await bundleAll(join(root, "dist"));
