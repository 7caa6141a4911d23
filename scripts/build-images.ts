/**
 * Builds the images of gateway and worker: `npm run images -- [--base node:24-slim@sha256:…]
 * [--tag 1.2.3]`. Times in them are that of the commit (or SOURCE_DATE_EPOCH, in seconds), so that the same
 * commit on the same base gives the same layers. Needs a Docker engine with buildx, and says so.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { defaultBase, type ImageName } from "./bill-of-materials.ts";
import { bundleAll } from "./bundle.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const IMAGES: readonly ImageName[] = ["gateway", "worker"];

/** The arguments of `docker` that build one image. */
export function buildArguments(
  image: ImageName,
  { base, tag, epoch }: { base: string; tag: string; epoch: string },
): string[] {
  return [
    ...["buildx", "build", "--file", `${image}/Dockerfile`],
    ...["--build-arg", `BASE=${base}`, "--build-arg", `SOURCE_DATE_EPOCH=${epoch}`],
    ...["--provenance", "false"], // it holds the time of the build
    ...["--output", `type=docker,name=hodei-${image}:${tag},rewrite-timestamp=true`],
    ".",
  ];
}

function sourceEpoch(): string {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given) return given;
  return execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: root, encoding: "utf8" }).trim();
}

/** COPY keeps the times of files. */
function setTimes(folder: string, epoch: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    utimesSync(join(folder, name), Number(epoch), Number(epoch));
}

async function main(): Promise<number> {
  const options = { base: { type: "string" }, tag: { type: "string", default: "dev" } } as const;
  const { values } = parseArgs({ options });
  if (spawnSync("docker", ["buildx", "version"], { stdio: "ignore" }).status !== 0) {
    process.stderr.write(
      "No Docker engine with buildx here: no image was built. `npm run build` needs none.\n",
    );
    return 1;
  }
  const dist = join(root, "dist");
  const epoch = sourceEpoch();
  await bundleAll(dist, values.base);
  setTimes(dist, epoch);
  for (const image of IMAGES) {
    const base = values.base ?? defaultBase(image);
    const args = buildArguments(image, { base, tag: values.tag, epoch });
    const { status } = spawnSync("docker", args, { cwd: root, stdio: "inherit" });
    if (status !== 0) return status ?? 1;
  }
  return 0;
}

if (import.meta.main) process.exitCode = await main();
