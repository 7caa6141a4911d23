import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startPostgres } from "#local/postgres/start-postgres.ts";

/** The one server of a bench run: embedded, durable, with the settings it comes with. */
export interface Databases {
  /** Root of the server's process tree. */
  readonly pid: number;
  readonly logFile: string;
  readonly version: string;
  /** A session on the server's own database, for counters. */
  readonly admin: pg.Client;
  /** An empty database; answers its address. */
  create(name: string): Promise<string>;
  drop(name: string): Promise<void>;
  close(): Promise<void>;
}

/** `settings` go to the server as `-c name=value`. */
export async function startDatabases(
  settings: Readonly<Record<string, string>> = {},
): Promise<Databases> {
  const dataDir = mkdtempSync(join(tmpdir(), "hodei-bench-"));
  const server = await startPostgres({ dataDir, durable: true, settings });
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  const { rows } = await admin.query<{ version: string }>(
    "select current_setting('server_version') as version",
  );
  return {
    pid: server.pid,
    logFile: server.logFile,
    version: rows[0]?.version ?? "",
    admin,
    create: async (name) => {
      await admin.query(`create database ${pg.escapeIdentifier(name)}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    drop: async (name) =>
      void (await admin.query(`drop database ${pg.escapeIdentifier(name)} with (force)`)),
    close: async () => {
      await admin.end();
      await server.stop();
      rmSync(server.dataDir, { recursive: true, force: true });
    },
  };
}
