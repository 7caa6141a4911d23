import { createPgClient } from "./drivers/pg.ts";
import { migrate } from "./migrate.ts";
import type { Migration } from "./read-migrations.ts";

/** `migrate` over one connection of its own to the database of this url. Throws what `migrate` throws. */
export async function migrateDatabase(
  url: string,
  files: readonly Migration[],
): Promise<Migration[]> {
  const sql = createPgClient({
    url,
    poolSize: 1,
    applicationName: "hodei migrate",
    isPatient: true,
  });
  try {
    return await migrate(sql, files);
  } finally {
    await sql.close();
  }
}
