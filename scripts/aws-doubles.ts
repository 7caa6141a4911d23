/**
 * Doubles of AWS that others wrote, for `test/localstack`: LocalStack and moto, each in a virtual
 * environment under `node_modules/.cache`, with every package pinned. `node scripts/aws-doubles.ts`
 * makes them ahead of the tests and prints what came of it; the tests themselves install nothing.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Complaint, runProgram } from "./run-program.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const INSTALL_MS_MAX = 180_000;
/** The only package without a wheel: one file of Python. */
const WHEELS = ["--only-binary=:all:", "--no-binary=crontab"];

export type DoubleName = "localstack" | "moto";

/** Where one of them stands, or why it does not. */
export type InstalledDouble =
  | { readonly python: string; readonly version: string }
  | { readonly lack: string };

/** The address of one that runs already, if whoever runs the tests named it: LOCALSTACK_URL, MOTO_URL. */
export const givenAddress = (name: DoubleName): string | undefined =>
  process.env[`${name.toUpperCase()}_URL`]?.replace(/\/$/, "") || undefined;

/** What is installed now; looks at two files and starts nothing. */
export function installedDouble(name: DoubleName): InstalledDouble {
  const { pins, python, stamp } = placesOf(name);
  if (!existsSync(stamp)) return { lack: "not installed: `npm run test:localstack` does it" };
  if (readFileSync(stamp, "utf8") !== pins)
    return { lack: "installed with other pins: `npm run test:localstack` renews it" };
  return { python, version: /^(?:localstack-core|moto)==(.+)$/m.exec(pins)?.[1] ?? "unknown" };
}

/** Installs it unless it is there; at most three minutes. */
export function installDouble(name: DoubleName): InstalledDouble {
  const { directory, requirements, pins, python, stamp } = placesOf(name);
  const found = installedDouble(name);
  if ("python" in found && runProgram(python, ["--version"]) === null) return found;
  const complaint = install(directory, python, requirements);
  if (complaint !== null) return { lack: `could not be installed: ${complaint}` };
  writeFileSync(stamp, pins);
  return installedDouble(name);
}

function install(directory: string, python: string, requirements: string): Complaint {
  if (runProgram("python3", ["--version"]) !== null) return "there is no python3";
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const venv = runProgram("python3", ["-m", "venv", directory]);
  if (venv !== null) return `${venv} (Debian's package for this is python3-venv)`;
  const pip = ["-m", "pip", "install", "--quiet", "--no-deps", ...WHEELS, "-r", requirements];
  return runProgram(python, pip, { timeoutMs: INSTALL_MS_MAX });
}

function placesOf(name: DoubleName) {
  const directory = join(root, `node_modules/.cache/${name}`);
  const requirements = join(root, `test/support/python/${name}.txt`);
  return {
    directory,
    requirements,
    pins: readFileSync(requirements, "utf8"),
    python: join(directory, "bin/python"),
    stamp: join(directory, "pins.txt"),
  };
}

function main(): void {
  for (const name of ["localstack", "moto"] as const) {
    process.stdout.write(`${name}: ${prepare(name)}\n`);
  }
}

function prepare(name: DoubleName): string {
  const given = givenAddress(name);
  if (given) return `nothing to install, yours is at ${given}`;
  const found = installDouble(name);
  return "lack" in found ? found.lack : `version ${found.version} is installed`;
}

if (import.meta.main) main();
