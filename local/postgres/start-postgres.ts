/**
 * A real Postgres from node_modules: several connections, locks, LISTEN, crash recovery. No
 * Docker, no system package.
 *
 * Its folder holds the data, a random password (mode 600; the server asks for it even on loopback,
 * because every user of the machine can reach the port), the log, and the number of the process
 * that started it. It runs as the ordinary user, or as `nobody` when we are root. A server never
 * outlives its launcher: a watchdog ends it, and if that was killed too, the next start on the same
 * folder does.
 */
import { once } from "node:events";
import { realpathSync, rmSync, writeFileSync } from "node:fs";
import pg from "pg";
import { initialiseData } from "./initialise-data.ts";
import { launchServer } from "./launch-server.ts";
import { findNativePackage } from "./native-package.ts";
import { runAs } from "./run-as.ts";
import { openServerHome, serverPassword } from "./server-home.ts";
import { SERVER_USER } from "./server-settings.ts";
import { sweepStaleServer } from "./stale-server.ts";
import { watchServer } from "./watchdog.ts";

const STOP_WAIT_MS = 15_000;

export interface PostgresOptions {
  /** The server's own folder, made when missing. Two servers never share one. */
  readonly dataDir: string;
  /** 0 or absent = any free one. */
  readonly port?: number;
  /** false = no fsync: for tests, where the data may be lost with the machine. */
  readonly durable: boolean;
  /** Further settings of the server, by name: for measurements. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface PostgresServer {
  /** Superuser's address of the database `postgres`, password included: a secret. */
  readonly url: string;
  readonly port: number;
  /** Where the folder really is: as root it may have moved, see openServerHome. */
  readonly dataDir: string;
  readonly logFile: string;
  readonly pid: number;
  /** Resolves when the server process is gone, for whatever reason. */
  readonly exited: Promise<void>;
  /** Orderly: open connections are cut, commits are kept. May be called twice. */
  stop(): Promise<void>;
  /** As a crash: SIGKILL, nothing is flushed. Start again on the same folder to recover. */
  kill(): Promise<void>;
}

/** Starts the server of this folder. Throws when it cannot, with the server's own words. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const user = runAs();
  const native = findNativePackage(user);
  const home = openServerHome(options.dataDir, user);
  await sweepStaleServer(home);
  const password = serverPassword(home, user);
  await initialiseData(native, home, user, options.durable);
  const { port: fixed = 0, durable, settings = {} } = options;
  const wanted = { port: fixed, durable, settings };
  const { child, port } = await launchServer(native, home, user, wanted);
  const pid = child.pid as number; // it was ready, so it has one
  writeFileSync(home.launcherFile, `${process.pid}\n`);
  const watchdog = watchServer(pid, user);
  child.unref(); // a forgotten server does not hold this process; the watchdog ends it
  const exited = once(child, "exit").then(() => {
    watchdog.kill("SIGKILL"); // it must never signal a number that is free again
    rmSync(home.launcherFile, { force: true });
  });
  const end = async (signal: NodeJS.Signals) => {
    child.ref();
    child.kill(signal);
    const harder = setTimeout(() => child.kill("SIGQUIT"), STOP_WAIT_MS);
    await exited;
    clearTimeout(harder);
  };
  const server: PostgresServer = {
    url: `postgresql://${SERVER_USER}:${password}@127.0.0.1:${port}/postgres`,
    port,
    dataDir: home.path,
    logFile: home.logFile,
    pid,
    exited,
    stop: () => end("SIGINT"),
    kill: () => end("SIGKILL"),
  };
  try {
    await verifyOurs(server.url, home.data);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** A port that answers is no proof: on some systems two servers can share one. */
async function verifyOurs(url: string, data: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ data_directory: string }>("show data_directory");
    const serves = rows[0]?.data_directory ?? "";
    if (realpathSync(serves) !== realpathSync(data)) {
      throw new Error(`the server at this port serves ${serves}, not ${data}`);
    }
  } finally {
    await client.end();
  }
}
