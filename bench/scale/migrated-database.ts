import { fileURLToPath } from "node:url";
import { migrateDatabase } from "#adapters/store/migrate-database.ts";
import { readMigrations } from "#adapters/store/read-migrations.ts";

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));

/** Brings a database to the schema of this tree. */
export const migrated = (url: string): Promise<unknown> =>
  migrateDatabase(url, readMigrations(MIGRATIONS));
