import { fileURLToPath } from "node:url";
import { migrate } from "#adapters/store/migrate.ts";
import { readMigrations } from "#adapters/store/read-migrations.ts";

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));

/** Brings a database to the schema of this tree. */
export const migrateDatabase = (url: string): Promise<unknown> =>
  migrate(url, readMigrations(MIGRATIONS));
