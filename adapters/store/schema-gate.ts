import { type AppliedMigration, MigrationError, refuseNewerBreaking } from "./migration-plan.ts";
import { defineStatement, type SqlClient, SqlError } from "./sql-client.ts";

const APPLIED = defineStatement(
  "applied_migrations",
  `select jsonb_build_object('number', number, 'name', name, 'breaking', breaking, 'sha256', sha256)
            as doc
     from hodei.migration order by number`,
);
const NEVER_MIGRATED = new Set(["42P01", "3F000"]); // no such table, no such schema

/**
 * Refuses a database that this code must not work with: one that is behind it, or one that holds
 * a breaking migration newer than it. `known` = number of the newest migration this code was built
 * with. Throws MigrationError, which says what to do; SqlError when the database cannot be asked.
 */
export async function assertSchemaCurrent(sql: SqlClient, known: number): Promise<void> {
  const applied = await appliedMigrations(sql);
  refuseNewerBreaking(known, applied);
  const newest = Math.max(0, ...applied.map((row) => row.number));
  if (newest >= known) return;
  throw new MigrationError(
    `the database is at ${newest}, this release needs ${known}: run npm run db:migrate with DATABASE_URL set`,
  );
}

async function appliedMigrations(sql: SqlClient): Promise<AppliedMigration[]> {
  try {
    return await sql.query<AppliedMigration>(APPLIED);
  } catch (error) {
    if (error instanceof SqlError && NEVER_MIGRATED.has(error.sqlState ?? "")) return [];
    throw error;
  }
}
