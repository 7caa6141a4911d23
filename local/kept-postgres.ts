import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "#core/ports/log.ts";
import { type PostgresServer, startPostgres } from "./postgres/start-postgres.ts";

const RESTART_MS = 300;

export interface KeptPostgres {
  /** Of the database `postgres`; the same after a restart. */
  readonly url: string;
  /** Of the present server process. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** The embedded server, started again on the same port and folder when it dies. */
export async function keepPostgres(dataDir: string, port: number, log: Log): Promise<KeptPostgres> {
  let server: PostgresServer = await startPostgres({ dataDir, port, durable: true });
  let stopping = false;
  const keep = async () => {
    for (;;) {
      await server.exited;
      if (stopping) return;
      log.warn({ dataDir }, "Postgres died, restarting it");
      await pause(RESTART_MS);
      server = (await restart(dataDir, server.port, log, () => stopping)) ?? server;
    }
  };
  const kept = keep();
  return {
    url: server.url,
    get pid() {
      return server.pid;
    },
    stop: async () => {
      stopping = true;
      await server.stop();
      await kept;
    },
  };
}

async function restart(dataDir: string, port: number, log: Log, stopping: () => boolean) {
  while (!stopping()) {
    try {
      return await startPostgres({ dataDir, port, durable: true });
    } catch (err) {
      log.error({ err }, "Postgres did not start again, trying on");
      await pause(RESTART_MS * 5);
    }
  }
  return null;
}
