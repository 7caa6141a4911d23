/**
 * What `sst` is made of beside its command line: its components and the SDKs of its providers, into
 * `.sst/platform`. `node scripts/install-sst.ts` does it with nothing but the npm registry: no AWS
 * account, no engine, no download from anywhere else, no word to anybody. Deploying does it by itself.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Complaint, runProgram } from "./run-program.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const INSTALL_MS_MAX = 240_000;

/** Turns off what `sst` would fetch or tell before it does what it is asked. */
export const SST_ALONE = {
  SST_SKIP_DEPENDENCY_CHECK: "1", // Pulumi and Bun, from where a build machine may not reach
  SST_NO_BUN: "1", // `npm install` instead
  SST_TELEMETRY_DISABLED: "1",
  XDG_CONFIG_HOME: join(root, ".sst/config"),
};

const textOf = (file: string): string =>
  existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : "";

/** Whether the components of the installed release of `sst` are there, whole. */
export function isPlatformInstalled(): boolean {
  const { version } = JSON.parse(textOf("node_modules/sst/package.json")) as { version: string };
  return (
    textOf(".sst/platform/version").trim() === version &&
    textOf(".sst/platform/config.d.ts") !== "" &&
    textOf(".sst/platform/node_modules/@pulumi/aws/package.json") !== ""
  );
}

/** Installs them unless they are there; at most four minutes. */
export function installPlatform(): Complaint {
  if (isPlatformInstalled()) return null;
  const sst = join(root, "node_modules/.bin/sst");
  const complaint = runProgram(sst, ["install", "--stage", "ci"], {
    timeoutMs: INSTALL_MS_MAX,
    environment: SST_ALONE,
  });
  if (complaint !== null) return complaint;
  return isPlatformInstalled() ? null : "sst install left no components behind";
}

if (import.meta.main) {
  const complaint = installPlatform();
  process.stdout.write(`components of sst: ${complaint ?? "installed"}\n`);
  process.exitCode = complaint === null ? 0 : 1;
}
