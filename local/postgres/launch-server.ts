import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { NativePackage } from "./native-package.ts";
import type { RunAs } from "./run-as.ts";
import type { ServerHome } from "./server-home.ts";
import { postgresArguments, type ServerSettings } from "./server-settings.ts";

/** Recovery after a crash is part of a start. */
const START_WAIT_MS = 60_000;
const POLL_MS = 5;
const AGAIN_WAIT_MS = 100;
/** Another process took the port between our look and the server's bind. */
const PORT_TAKEN = /could not bind|Address already in use/;
/** A killed server's children have not all gone yet. */
const STILL_LEAVING = /pre-existing shared memory block|lock file ".*" already exists/;

/**
 * Starts the server and waits until it takes connections. `port` 0 = any free one. Throws with the
 * server's own words when it does not start.
 */
export async function launchServer(
  native: NativePackage,
  home: ServerHome,
  runAs: RunAs,
  wanted: ServerSettings,
): Promise<{ child: ChildProcess; port: number }> {
  const deadline = Date.now() + START_WAIT_MS;
  for (;;) {
    const port = wanted.port === 0 ? await freePort() : wanted.port;
    const child = spawnServer(native, home, runAs, { ...wanted, port });
    const complaint = await readyOrComplaint(child, home, deadline);
    if (complaint === null) return { child, port };
    const again =
      STILL_LEAVING.test(complaint) || (wanted.port === 0 && PORT_TAKEN.test(complaint));
    if (!again || Date.now() > deadline) throw new Error(`Postgres did not start: ${complaint}`);
    await sleep(AGAIN_WAIT_MS);
  }
}

function spawnServer(
  native: NativePackage,
  home: ServerHome,
  runAs: RunAs,
  settings: ServerSettings,
): ChildProcess {
  const log = openSync(home.logFile, "w", 0o600); // a file: a full pipe would block the server
  try {
    return spawn(native.postgres, postgresArguments(home.data, settings), {
      ...runAs.spawn,
      cwd: "/",
      detached: true, // Ctrl-C in the terminal is for us; we stop the server in our own order
      env: { LC_ALL: "C", PATH: process.env.PATH },
      stdio: ["ignore", log, log],
    });
  } finally {
    closeSync(log);
  }
}

/** null = ready. The server writes its state into postmaster.pid: cheaper than trying to connect. */
async function readyOrComplaint(
  child: ChildProcess,
  home: ServerHome,
  deadline: number,
): Promise<string | null> {
  let failure: Error | null = null;
  child.on("error", (error) => {
    failure = error;
  });
  const pidFile = join(home.data, "postmaster.pid");
  while (failure === null && child.exitCode === null && child.signalCode === null) {
    if (isReady(pidFile, child.pid)) return null;
    if (Date.now() > deadline) child.kill("SIGQUIT");
    await sleep(POLL_MS);
  }
  return failure === null ? readFileSync(home.logFile, "utf8").trim() : String(failure);
}

function isReady(pidFile: string, pid: number | undefined): boolean {
  if (!existsSync(pidFile)) return false;
  const lines = readFileSync(pidFile, "utf8").split("\n"); // first: pid, eighth: state
  return lines[0] === `${pid}` && lines[7]?.trim() === "ready";
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
