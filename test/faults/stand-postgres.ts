import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PostgresServer, startPostgres } from "#local/postgres/start-postgres.ts";

/** The database of a stand, which a row may crash, stop and put back in time. */
export interface StandPostgres {
  /** Of the database `postgres`, at the server itself. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** `pg_ctl -m immediate restart`: no checkpoint, every connection cut, recovery from the log. */
  crash(): Promise<void>;
  /** SIGKILL of the whole server, and a start on the same files. */
  kill(): Promise<void>;
  /** Everything as it is now, for `restore`. The server is down for a moment. */
  keep(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

export async function startStandPostgres(): Promise<StandPostgres> {
  const dataDir = mkdtempSync(join(tmpdir(), "hodei-faults-postgres-"));
  let server: PostgresServer = await startPostgres({ dataDir, durable: true });
  const { url, port } = server;
  const start = async () => {
    server = await startPostgres({ dataDir, port, durable: true });
  };
  const end = async (signal: NodeJS.Signals) => {
    process.kill(server.pid, signal);
    await server.exited;
    await start();
  };
  const copies: string[] = [];
  return {
    ...{ url, port },
    get pid() {
      return server.pid;
    },
    crash: () => end("SIGQUIT"),
    kill: () => end("SIGKILL"),
    keep: async () => {
      const copy = join(mkdtempSync(join(tmpdir(), "hodei-kept-")), "data");
      copies.push(copy);
      const data = join(server.dataDir, "data");
      await server.stop();
      copyTree(data, copy);
      await start();
      return async () => {
        await server.stop();
        rmSync(data, { recursive: true });
        copyTree(copy, data);
        await start();
      };
    },
    stop: async () => {
      await server.stop();
      for (const place of [server.dataDir, dataDir, ...copies.map((copy) => join(copy, ".."))])
        rmSync(place, { recursive: true, force: true });
    },
  };
}

/** With owners and modes: the server runs as another user when we are root, and insists on both. */
const copyTree = (from: string, to: string) => execFileSync("cp", ["-a", from, to]);
