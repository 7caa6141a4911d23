/**
 * One Postgres for a whole vitest run: the projects share the server, every test file copies the
 * migrated template (`createDatabase` in database.ts). With DATABASE_URL set that server is used
 * instead (its user must be allowed to create databases).
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { makeRoles, type RoleNames } from "#adapters/store/database-roles.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { migrateDatabase } from "#adapters/store/migrate-database.ts";
import { readMigrations } from "#adapters/store/read-migrations.ts";
import { type PostgresServer, startPostgres } from "#local/postgres/start-postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Superuser's address of the shared server. */
    databaseServer: string;
    /** Name of the migrated database that tests copy. */
    databaseTemplate: string;
    /** As whom deployed functions and gateways work; both with this password here. */
    databaseRoles: RoleNames & { readonly password: string };
  }
}

interface Shared {
  readonly url: string;
  readonly template: string;
  readonly roles: RoleNames & { readonly password: string };
  close(): Promise<void>;
}

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));
const PREFIX = "hodei-test-";
/** A container's default /dev/shm (64 MiB) would be full before the first test. */
const MEMORY_NEEDED_BYTES = 1024 ** 3;

/** Projects load this file each for itself, in one process: what they share hangs here. */
const room = globalThis as { hodeiTestPostgres?: { users: number; shared: Promise<Shared> } };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  room.hodeiTestPostgres ??= { users: 0, shared: open() };
  const held = room.hodeiTestPostgres;
  held.users++;
  const shared = await held.shared;
  project.provide("databaseServer", shared.url);
  project.provide("databaseTemplate", shared.template);
  project.provide("databaseRoles", shared.roles);
  return async () => {
    if (--held.users > 0) return;
    delete room.hodeiTestPostgres;
    await shared.close();
  };
}

async function open(): Promise<Shared> {
  const given = process.env.DATABASE_URL;
  const server = given === undefined ? await startOwn() : null;
  const url = given ?? (server as PostgresServer).url;
  const template = `hodei_template_${randomBytes(4).toString("hex")}`;
  await administer(url, `create database ${template}`);
  await migrateDatabase(databaseUrl(url, template), readMigrations(MIGRATIONS));
  const [functions, gateway, fence] = ["functions", "gateway", "fence"].map(
    (name) => `${template}_${name}`,
  ) as [string, string, string];
  const roles = { functions, gateway, fence };
  const password = randomBytes(16).toString("hex");
  await addRoles(databaseUrl(url, template), roles, password);
  return {
    url,
    template,
    roles: { ...roles, password },
    close: async () => {
      if (server === null) {
        await administer(url, `drop database ${template} with (force)`);
        return administer(url, `drop role ${functions}, ${gateway}, ${fence}`);
      }
      await server.stop();
      rmSync(server.dataDir, { recursive: true, force: true });
    },
  };
}

/** Of names of their own: the server may be somebody's, and have an install of its own. */
async function addRoles(url: string, roles: RoleNames, password: string): Promise<void> {
  const sql = createPgClient({ url, poolSize: 1, applicationName: "roles" });
  await makeRoles(sql, password, roles).finally(() => sql.close());
  await administer(url, `alter role ${roles.gateway} password '${password}'`);
}

async function startOwn(): Promise<PostgresServer> {
  const base = fastPlace();
  sweepAbandoned(base);
  const dataDir = mkdtempSync(join(base, `${PREFIX}${process.pid}-`));
  return startPostgres({ dataDir, durable: false });
}

/** Memory where there is enough of it: initdb takes half the time and nothing wears out. */
function fastPlace(): string {
  if (!existsSync("/dev/shm")) return tmpdir();
  const { bavail, bsize } = statfsSync("/dev/shm");
  return bavail * bsize > MEMORY_NEEDED_BYTES ? "/dev/shm" : tmpdir();
}

/** A run that was killed could not remove its folder; its server is gone with it (watchdog). */
function sweepAbandoned(base: string): void {
  for (const name of readdirSync(base).filter((entry) => entry.startsWith(PREFIX))) {
    const pid = Number.parseInt(name.slice(PREFIX.length), 10);
    if (isGone(pid)) rmSync(join(base, name), { recursive: true, force: true });
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
