import pg from "pg";
import { type AppliedMigration, pendingMigrations } from "./migration-plan.ts";
import type { Migration } from "./read-migrations.ts";

/** Any number that nothing else of ours locks. */
const ADVISORY_KEY = 7_061_004_417;
/** How long a second migrator waits for the first. */
const OTHER_MIGRATOR_WAIT = "120s";
/** A migration that waits for a table lock makes everybody behind it wait too: give up early. */
const TABLE_LOCK_WAIT = "10s";

const BOOTSTRAP = `
  create schema if not exists hodei;
  create table if not exists hodei.migration (
    number     integer     primary key,
    name       text        not null,
    breaking   boolean     not null,
    sha256     text        not null,
    applied_at timestamptz not null default now()
  );`;

/**
 * Applies what is missing, in order, and answers what it applied. Each file is one transaction with
 * its own row, inserted first, so that a failed file leaves nothing and a second migrator collides
 * before it changes anything; both also queue at an advisory lock. Forward only. The schema `hodei`
 * exists before the first file runs. A file cannot hold what refuses to run in a transaction
 * (`create index concurrently`). Throws MigrationError (see pendingMigrations) or the database's
 * error with the file's name before it.
 */
export async function migrate(url: string, files: readonly Migration[]): Promise<Migration[]> {
  const client = new pg.Client({ connectionString: url, application_name: "hodei migrate" });
  await client.connect();
  try {
    await client.query(`set lock_timeout = '${OTHER_MIGRATOR_WAIT}'`);
    await client.query("select pg_advisory_lock($1)", [ADVISORY_KEY]); // until we disconnect
    await client.query(`set lock_timeout = '${TABLE_LOCK_WAIT}'`);
    await client.query(BOOTSTRAP);
    const { rows } = await client.query<AppliedMigration>(
      "select number, name, breaking, sha256 from hodei.migration",
    );
    const pending = pendingMigrations(files, rows);
    for (const file of pending) await apply(client, file);
    return pending;
  } finally {
    await client.end();
  }
}

async function apply(client: pg.Client, file: Migration): Promise<void> {
  const { number, name, breaking, sha256 } = file;
  await client.query("begin");
  try {
    await client.query(
      "insert into hodei.migration (number, name, breaking, sha256) values ($1, $2, $3, $4)",
      [number, name, breaking, sha256],
    );
    await client.query(file.text);
    await client.query("commit");
  } catch (cause) {
    await client.query("rollback").catch(() => {}); // the connection itself may be what failed
    throw new Error(`${name}: ${(cause as Error).message}`, { cause });
  }
}
