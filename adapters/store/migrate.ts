import { type AppliedMigration, pendingMigrations } from "./migration-plan.ts";
import type { Migration } from "./read-migrations.ts";
import { defineStatement, type SqlClient, SqlError } from "./sql-client.ts";

/** Any number that nothing else of ours locks. */
export const MIGRATORS_LOCK = 7_061_004_417;

/**
 * What the migrator itself needs, made or renewed in one statement: the schema, the ledger, and the
 * function that applies a file. A file is text to that function, so it may be longer than a statement
 * of the Data API and hold many commands, which `execute` reads one after the other; function, row and
 * file are one transaction. The lock lets migrators queue.
 */
const BOOTSTRAP = defineStatement(
  "migration_bootstrap",
  `do $bootstrap$
begin
  perform pg_advisory_xact_lock(${MIGRATORS_LOCK});
  create schema if not exists hodei;
  create table if not exists hodei.migration (
    number     integer     primary key,
    name       text        not null,
    breaking   boolean     not null,
    sha256     text        not null,
    applied_at timestamptz not null default now()
  );
  create or replace function hodei.apply_migration(doc jsonb) returns boolean
  language plpgsql as $apply$
  begin
    perform set_config('lock_timeout', '120s', true); -- for the migrator before
    perform pg_advisory_xact_lock(${MIGRATORS_LOCK});
    if exists (select from hodei.migration where number = (doc->>'number')::integer) then
      return false;
    end if;
    -- A migration that waits for a table makes everybody behind it wait too: give up early.
    perform set_config('lock_timeout', '10s', true);
    insert into hodei.migration (number, name, breaking, sha256)
    values ((doc->>'number')::integer, doc->>'name', (doc->>'breaking')::boolean, doc->>'sha256');
    execute doc->>'text';
    return true;
  end
  $apply$;
  revoke execute on function hodei.apply_migration(jsonb) from public;
end
$bootstrap$`,
);

const APPLIED = defineStatement(
  "migration_ledger",
  `select jsonb_build_object('number', number, 'name', name, 'breaking', breaking, 'sha256', sha256)
            as doc
     from hodei.migration order by number`,
);

const APPLY = defineStatement(
  "migration_apply",
  "select to_jsonb(hodei.apply_migration(:doc::jsonb)) as doc",
);

/** The Data API stops waiting after 45 s, and so does its repeat: together a quarter of an hour. */
const WAITS_MAX = 20;

/**
 * Applies what is missing, in order, and answers what it applied. Each file is one transaction with its
 * own row, inserted first, so that a failed file leaves nothing; a second migrator waits for the first
 * and finds its work done; a file sent twice is applied once. Forward only. A file cannot hold what
 * refuses to run in a transaction (`create index concurrently`). `sql` must be of a role that owns the
 * schema. Throws MigrationError (see pendingMigrations) or the database's error with the file's name.
 */
export async function migrate(sql: SqlClient, files: readonly Migration[]): Promise<Migration[]> {
  await sql.query(BOOTSTRAP);
  const pending = pendingMigrations(files, await sql.query<AppliedMigration>(APPLIED));
  const applied: Migration[] = [];
  for (const file of pending) if (await apply(sql, file)) applied.push(file);
  return applied;
}

/** true: this call applied it; false: another migrator did. */
async function apply(sql: SqlClient, file: Migration): Promise<boolean> {
  const { number, name, breaking, sha256, text } = file;
  const doc = JSON.stringify({ number, name, breaking, sha256, text });
  for (let waits = 1; ; waits++) {
    try {
      const [isOurs] = await sql.query<boolean>(APPLY, { doc });
      return isOurs === true || waits > 1;
    } catch (cause) {
      // It may be running on, where the answer did not come: asked again, it waits for itself.
      const isOver = !(cause instanceof SqlError) || cause.kind !== "unavailable";
      if (isOver || waits === WAITS_MAX)
        throw new Error(`${name}: ${(cause as Error).message}`, { cause });
    }
  }
}
