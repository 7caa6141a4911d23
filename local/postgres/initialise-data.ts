import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { NativePackage } from "./native-package.ts";
import type { RunAs } from "./run-as.ts";
import { giveTo, type ServerHome } from "./server-home.ts";
import { initdbArguments } from "./server-settings.ts";

/**
 * Makes the data directory when there is none. It appears whole: an interrupted `initdb` leaves
 * nothing that a later start could take for a database. Throws when the data is of another major
 * version than the binaries.
 */
export async function initialiseData(
  native: NativePackage,
  home: ServerHome,
  runAs: RunAs,
  durable: boolean,
): Promise<void> {
  if (existsSync(home.data)) return refuseOtherVersion(native, home);
  const making = mkdtempSync(join(home.path, "making-"));
  try {
    giveTo(making, runAs);
    await initdb(native, initdbArguments(making, home.passwordFile, durable), runAs);
    renameSync(making, home.data);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

async function initdb(native: NativePackage, args: string[], runAs: RunAs): Promise<void> {
  const child = spawn(native.initdb, args, {
    ...runAs.spawn,
    cwd: "/",
    env: { LC_ALL: "C", PATH: process.env.PATH },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const [complaint, code] = await Promise.all([text(child.stderr), ended]);
  if (code !== 0) throw new Error(`initdb failed: ${complaint.trim()}`);
}

function refuseOtherVersion(native: NativePackage, home: ServerHome): void {
  const have = readFileSync(join(home.data, "PG_VERSION"), "utf8").trim();
  const want = native.version.split(".")[0];
  if (have === want) return;
  throw new Error(
    `${home.data} is of Postgres ${have}, installed is ${want}: remove it or move it`,
  );
}
